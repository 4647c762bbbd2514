// The engine and the look-up as a server uses them: many callers on several loops, while tokens end within
// seconds, mints fail, tokens are reported dead and installations are forgotten.

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "net/loops.h"
#include "net/system_timers.h"
#include "tests/support/fake_upstream.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/service.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLoops = 4;
constexpr int kCallersPerLoop = 8;
constexpr std::uint64_t kRepositories = 6;
// Refreshed ahead after 0.8 s: every scope several times in a run.
constexpr Duration kLifetime = 1200ms;
constexpr Duration kRun = 4s;
const AppRef kApp("github.com", "1");

policy::Repository repository(std::uint64_t number) {
  return *policy::Repository::parse("acme/r" + std::to_string(number));
}
policy::PermissionSet permissions(std::uint64_t number) {
  return *policy::PermissionSet::parse(number % 2 == 0 ? "contents:read" : "contents:write");
}

// A GitHub that may be asked from every loop at once.
class BusyGitHub final : public Minter, public Directory {
 public:
  BusyGitHub(const Clock& clock, net::Timers& timers, Random& random)
      : clock_(clock), timers_(timers), random_(random) {}

  std::atomic<int> mints{0};
  std::atomic<int> two_at_once{0};

  // What the token opens, by the scope that it was minted for.
  std::string opened_by(std::string_view token) {
    auto truth = truth_.lock();
    const auto found = truth->opens.find(token);
    return found == truth->opens.end() ? "nothing" : found->second;
  }
  void revoke(std::string_view token) { truth_.lock()->revoked.emplace(token); }

  net::Task<Result<Minted>> mint(Scope scope, http::CallContext) override {
    if (!truth_.lock()->in_air.insert(scope.key()).second) two_at_once.fetch_add(1);
    co_await pause(20);
    truth_.lock()->in_air.erase(scope.key());
    const int number = mints.fetch_add(1);
    if (random_.below(10) == 0) co_return fail(ErrorCode::kUpstreamUnavailable, "away");
    co_return issue(scope, number);
  }

  net::Task<Result<Found>> installation_of(AppRef, policy::Repository, http::CallContext) override {
    co_await pause(10);
    if (random_.below(10) == 0) co_return fail(ErrorCode::kUpstreamUnavailable, "away");
    co_return Found(InstallationId(7), std::nullopt);
  }
  net::Task<Result<bool>> is_installed_on(AppRef, policy::Owner, http::CallContext) override {
    co_return true;
  }
  net::Task<Result<bool>> is_alive(AppRef, TokenPtr token, http::CallContext) override {
    co_await pause(5);
    co_return !truth_.lock()->revoked.contains(token->reveal());
  }

  static std::string opens(std::string_view names, const policy::PermissionSet& may) {
    return std::string(names) + may.text();
  }

 private:
  struct Truth {
    Truth() = default;
    std::map<std::string, std::string, std::less<>> opens;
    std::set<std::string, std::less<>> revoked;
    std::set<std::string> in_air;
  };

  net::Task<> pause(std::uint64_t most_milliseconds) {
    const auto length = std::chrono::milliseconds(random_.below(most_milliseconds));
    co_await net::sleep_until(timers_, clock_.steady_now() + length);
  }

  Minted issue(const Scope& scope, int number) {
    std::string names;
    std::vector<MintedRepository> repositories;
    for (const RepositoryRef& asked : scope.repositories().chosen()) {
      names += asked.name().key() + ",";
      const std::uint64_t id = 1 + static_cast<std::uint64_t>(asked.name().key().back() - '0');
      repositories.emplace_back(asked.name(), RepositoryRef(asked.name(), RepositoryId(id)));
    }
    TokenFacts facts;
    facts.minted_at = clock_.now();
    facts.expires_at = facts.minted_at + std::chrono::duration_cast<TimePoint::duration>(kLifetime);
    const std::string value = "ghs_" + std::to_string(number);
    truth_.lock()->opens[value] = opens(names, *scope.permissions().set());
    return {std::make_shared<const Token>(Secret(value), "ghs_…" + std::to_string(number), facts),
            std::move(repositories)};
  }

  const Clock& clock_;
  net::Timers& timers_;
  Random& random_;
  Guarded<Truth> truth_;
};

class TokensStress : public ::testing::Test {
 protected:
  TokensStress() {
    engine.teach(lookup.learner());
    loops.start();
  }
  ~TokensStress() override { loops.stop(); }

  void start(net::Task<> task) {
    running.fetch_add(1);
    net::spawn(loops.next(), counted(std::move(task)), [this](std::exception_ptr) { failures.fetch_add(1); });
  }
  net::Task<> counted(net::Task<> task) {
    co_await std::move(task);
    running.fetch_sub(1);
  }

  net::Task<> call(SteadyPoint end) {
    std::map<std::string, Shortcut> ways;
    while (clock.steady_now() < end) {
      co_await net::sleep_until(timers, clock.steady_now() + std::chrono::microseconds(random.below(3000)));
      const std::uint64_t number = random.below(kRepositories);
      const policy::PermissionSet may = permissions(random.below(2));
      const TokenAsk ask("github.com", std::vector(1, repository(number)), PermissionSelection::of(may));
      Shortcut& way = ways[BusyGitHub::opens(repository(number).key(), may)];
      TokenPtr token = service.follow(ask.host, way, clock.steady_now());
      if (!token) {
        Peeked found = service.peek(ask);
        token = std::move(found.token);
        way = std::move(found.way);
      }
      if (!token) {
        const SteadyPoint deadline = clock.steady_now() + std::chrono::milliseconds(random.below(40));
        const Result<Served> got = co_await service.token(ask, deadline);
        if (got) token = got->token;
      }
      if (!token) continue;
      served.fetch_add(1);
      const std::string wanted = BusyGitHub::opens(repository(number).key() + ",", may);
      if (github.opened_by(token->reveal()) != wanted) mixed_up.fetch_add(1);
      if (random.below(500) == 0) co_await report(token);
    }
  }

  // The report cannot be believed so soon after the mint; the token goes all the same.
  net::Task<> report(TokenPtr token) {
    github.revoke(token->reveal());
    const SteadyPoint soon = clock.steady_now() + 100ms;
    Secret value(token->reveal());
    const Result<> done = co_await service.rejected(std::move(value), may_have_any, soon);
    if (!done && done.error().code() != ErrorCode::kUpstreamTimeout) failures.fetch_add(1);
    const std::optional<TokenEngine::Known> known = engine.find_by_value(token->reveal());
    if (!known) co_return;
    std::string key = known->scope.key();
    co_await engine.forget(std::move(key), token);
  }

  net::Task<> forget(SteadyPoint end) {
    while (clock.steady_now() < end) {
      co_await net::sleep_until(timers, clock.steady_now() + 150ms);
      Touched all = Touched::installation({kApp}, InstallationId(7), {});
      lookup.forget(all);
      [[maybe_unused]] const Forgotten gone = co_await engine.forget(std::move(all));
    }
  }

  net::Task<bool> stop() {
    while (running.load() > 1) co_await net::sleep_until(timers, clock.steady_now() + 5ms);
    co_await engine.stop();
    co_await lookup.stop();
    co_return true;
  }

  SystemClock clock;
  SystemRandom random;
  net::SystemTimers timers;
  net::Loops loops{kLoops};
  BusyGitHub github{clock, timers, random};
  MemorySharedCache shared{clock, timers};
  EngineEvents events;
  NoSharedPlaces places;
  Lookup lookup{{clock, timers, random, github, places}, {kApp}, 64};
  TokenEngine engine{{clock, timers, random, github, shared, events}, EngineOptions{}};
  TokenService service{clock, timers, {{lookup, engine, github}}, nullptr};
  std::atomic<int> running{0};
  std::atomic<int> served{0};
  std::atomic<int> mixed_up{0};
  std::atomic<int> failures{0};
};

TEST_F(TokensStress, HoldsTogetherOnFourLoopsWhileEverythingHappensAtOnce) {
  const SteadyPoint end = clock.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(kRun);
  start(engine.keep_warm());
  for (std::size_t i = 0; i < kLoops * kCallersPerLoop; ++i) start(call(end));
  start(forget(end));
  ASSERT_TRUE(net::block_on(loops.next(), stop()));
  EXPECT_EQ(running.load(), 0);
  EXPECT_EQ(mixed_up.load(), 0);
  EXPECT_EQ(failures.load(), 0);
  EXPECT_EQ(github.two_at_once.load(), 0);
  EXPECT_GT(served.load(), 1000);
  EXPECT_GT(github.mints.load(), 30);
}

}  // namespace
}  // namespace hubwarden::tokens
