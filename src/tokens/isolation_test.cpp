// Random callers over two hosts, two Apps on each, their installations, repositories and permissions, for
// hours: nobody is ever given a token of another scope, no scope is minted for more often than its refreshes
// need, and what is to end is revoked.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "tests/support/fake_upstream.h"
#include "tokens/ending_minter.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/memory_shared_ends.h"
#include "tokens/memory_shared_places.h"
#include "tokens/service.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
constexpr std::uint64_t kOwners = 4;
constexpr std::uint64_t kRepositories = 3;  // of each owner
const std::vector<std::string> kHosts = {"github.com", "github.example.com"};
const std::vector<std::string> kPermissions = {"contents:read", "contents:write",
                                               "contents:read,issues:read"};

// Most tokens live as long as GitHub's do.
const std::vector<std::optional<Duration>> kLives = {std::nullopt, std::nullopt, Duration(10min),
                                                     Duration(15min)};

SteadyPoint after(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

std::string name_of(std::uint64_t owner, std::uint64_t number) {
  return "owner" + std::to_string(owner) + "/r" + std::to_string(number);
}

// The two hosts as they are: names, ids and installations that mean one thing here and another there.
struct Truth {
  static std::size_t host_number(std::string_view host) { return host == kHosts[0] ? 0 : 1; }
  static std::uint64_t owner_number(const policy::Repository& repository) {
    return static_cast<std::uint64_t>(repository.key()[5] - '0');
  }
  static AppRef app(std::string_view host, std::uint64_t owner) {
    return {std::string(host), std::to_string(1 + owner % 2)};
  }
  // 7 and 8 for each of the four pairs of host and App.
  static InstallationId installation(std::uint64_t owner) { return InstallationId(7 + owner / 2); }
  static RepositoryId id(std::string_view host, const policy::Repository& repository) {
    const std::uint64_t number = static_cast<std::uint64_t>(repository.key().back() - '0');
    const std::uint64_t place = owner_number(repository) * kRepositories + number;
    const std::uint64_t count = kOwners * kRepositories;
    return RepositoryId(1 + (host_number(host) == 0 ? place : count - 1 - place));
  }
  static std::string name(std::string_view host, RepositoryId wanted) {
    for (std::uint64_t owner = 0; owner < kOwners; ++owner) {
      for (std::uint64_t number = 0; number < kRepositories; ++number) {
        if (id(host, repository(name_of(owner, number))) == wanted) return name_of(owner, number);
      }
    }
    return "nobody's";
  }
  static Duration lifetime(std::string_view host) {
    return host_number(host) == 0 ? Duration(1h) : Duration(20min);
  }
  static Duration lifetime(const Scope& scope) {
    return std::min(lifetime(scope.app().host()), scope.life().value_or(Duration::max()));
  }
};

// What a token opens, and for how long: "host|app|installation|names|permissions|life".
std::string opens(const AppRef& app, InstallationId installation, const std::set<std::string>& names,
                  const PermissionSelection& may, std::optional<Duration> life) {
  std::string text = app.host() + "|" + app.app() + "|" + std::to_string(installation.value()) + "|";
  for (const std::string& name : names) text += name + ",";
  return text + "|" + (may.set() ? may.set()->text() : "all") + "|" + (life ? duration_text(*life) : "");
}

class World final : public Minter, public Directory, public Revoker {
 public:
  World(VirtualTime& time, Random& random) : time_(time), random_(random) {}

  std::map<std::string, std::string, std::less<>> opened_by;  // token value → what it opens
  std::vector<TokenPtr> issued;
  std::set<std::string, std::less<>> revoked;
  std::map<std::string, TimePoint, std::less<>> to_end;  // token values, by when they have to be
  std::vector<std::string> complaints;
  int mints = 0;
  bool counts_refreshes = true;

  // Something happened to the tokens of this scope, so that a mint is due whenever.
  void excuse(const std::string& opened) { excused_[opened] = time_.clock().steady_now(); }

  net::Task<Result<Minted>> mint(Scope scope, http::CallContext) override {
    if (++in_air_[scope.key()] > 1) complaints.push_back("two mints at once: " + scope.key());
    const Duration takes = std::chrono::milliseconds(50 + random_.below(400));
    co_await net::sleep_until(time_, after(time_.clock().steady_now(), takes));
    --in_air_[scope.key()];
    std::optional<Error> trouble = random_trouble(scope);
    if (trouble) co_return std::unexpected(std::move(*trouble));
    co_return issue(scope);
  }

  net::Task<Result<Found>> installation_of(AppRef app, policy::Repository repository,
                                           http::CallContext) override {
    const Duration takes = std::chrono::milliseconds(10 + random_.below(100));
    co_await net::sleep_until(time_, after(time_.clock().steady_now(), takes));
    if (random_.below(50) == 0) co_return fail(ErrorCode::kUpstreamUnavailable, "away");
    const std::uint64_t owner = Truth::owner_number(repository);
    if (app != Truth::app(app.host(), owner)) co_return fail(ErrorCode::kAppNotInstalled, "not here");
    co_return Found(Truth::installation(owner), std::nullopt);
  }

  net::Task<Result<bool>> is_installed_on(AppRef, policy::Owner, http::CallContext) override {
    co_return true;
  }
  net::Task<Result<bool>> is_alive(AppRef, TokenPtr token, http::CallContext) override {
    co_return !revoked.contains(token->reveal());
  }

  net::Task<Result<>> revoke(AppRef, Secret token, http::CallContext) override {
    co_await net::sleep_until(time_, after(time_.clock().steady_now(), 50ms));
    if (random_.below(10) == 0) co_return fail(ErrorCode::kUpstreamUnavailable, "away");
    const auto due = to_end.find(token.reveal());
    if (due == to_end.end()) {
      // After a failure another replica may have tried as well.
      if (!revoked.contains(token.reveal())) complaints.emplace_back("ended what was not to end");
      co_return Result<>();
    }
    if (time_.clock().now() < due->second) complaints.emplace_back("ended too early");
    if (time_.clock().now() > due->second + 2min) complaints.emplace_back("ended too late");
    revoked.insert(std::string(token.reveal()));
    to_end.erase(due);
    co_return Result<>();
  }

 private:
  std::optional<Error> random_trouble(const Scope& scope) {
    if (random_.below(8) != 0) return std::nullopt;
    constexpr ErrorCode kTroubles[] = {ErrorCode::kUpstreamUnavailable, ErrorCode::kRateLimited,
                                       ErrorCode::kPermissionNotGranted, ErrorCode::kInstallationSuspended};
    const ErrorCode code = kTroubles[random_.below(std::size(kTroubles))];
    // The mapping is dropped then, and the ids with it: mints by name are due for all of them.
    if (code == ErrorCode::kInstallationSuspended)
      contradicted_[scope.app().host()] = time_.clock().steady_now();
    return Error(code, "trouble");
  }

  Minted issue(const Scope& scope) {
    ++mints;
    std::set<std::string> names;
    std::vector<MintedRepository> repositories;
    for (const RepositoryRef& asked : scope.repositories().chosen()) {
      const RepositoryId id = asked.id() ? *asked.id() : Truth::id(scope.app().host(), asked.name());
      names.insert(Truth::name(scope.app().host(), id));
      repositories.emplace_back(asked.name(), RepositoryRef(asked.name(), id));
    }
    const std::string opened =
        opens(scope.app(), scope.installation(), names, scope.permissions(), scope.life());
    check_that_it_was_due(scope, opened);
    const std::string value = "ghs_" + std::to_string(issued.size());
    issued.push_back(testing::make_token(value, time_.clock().now(), Truth::lifetime(scope.app().host())));
    opened_by[value] = opened;
    const Duration lifetime = Truth::lifetime(scope);
    if (lifetime < Truth::lifetime(scope.app().host())) to_end[value] = time_.clock().now() + lifetime;
    return Minted(issued.back(), std::move(repositories));
  }

  void check_that_it_was_due(const Scope& scope, const std::string& opened) {
    const SteadyPoint now = time_.clock().steady_now();
    const auto before = last_minted_.find(scope.key());
    if (counts_refreshes && before != last_minted_.end()) {
      const Duration lifetime = Truth::lifetime(scope);
      const Duration ahead = std::min(Duration(10min), lifetime / 3) * 11 / 10;
      const bool is_due = now - before->second >= lifetime - ahead;
      const bool is_excused =
          excused_[opened] >= before->second || contradicted_[scope.app().host()] >= before->second;
      if (!is_due && !is_excused) complaints.push_back("a mint too many: " + scope.key());
    }
    last_minted_[scope.key()] = now;
  }

  VirtualTime& time_;
  Random& random_;
  std::map<std::string, int> in_air_;
  std::map<std::string, SteadyPoint> last_minted_;
  std::map<std::string, SteadyPoint> excused_;
  std::map<std::string, SteadyPoint> contradicted_;
};

// One hubwarden in front of the world: a look-up and an engine for each host.
class Replica {
 public:
  Replica(VirtualTime& time, Random& random, World& world, SharedCache& shared, SharedPlaces& places,
          SharedEnds& shared_ends, std::size_t max_entries) {
    EngineOptions options;
    options.max_entries = max_entries;
    std::vector<HostTokens> hosts;
    for (const std::string& host : kHosts) {
      const std::vector<AppRef> apps = {AppRef(host, "1"), AppRef(host, "2")};
      lookups_.push_back(std::make_unique<Lookup>(Lookup::Parts{time.clock(), time, random, world, places},
                                                  apps, max_entries));
      ends_.push_back(std::make_unique<TokenEnds>(
          TokenEnds::Parts{time.clock(), time, random, world, shared_ends, end_events_}, host));
      minters_.push_back(std::make_unique<EndingMinter>(world, *ends_.back()));
      engines_.push_back(std::make_unique<TokenEngine>(
          TokenEngine::Parts{time.clock(), time, random, *minters_.back(), shared, events_}, options));
      engines_.back()->teach(lookups_.back()->learner());
      hosts.emplace_back(*lookups_.back(), *engines_.back(), world);
      time.spawn(engines_.back()->keep_warm());
      time.spawn(ends_.back()->run());
    }
    service_ = std::make_unique<TokenService>(time.clock(), time, hosts, nullptr);
  }

  TokenService& service() { return *service_; }
  void stop(VirtualTime& time) {
    for (const auto& engine : engines_) time.run(engine->stop());
    for (const auto& ends : ends_) time.run(ends->stop());
    for (const auto& lookup : lookups_) time.run(lookup->stop());
  }

 private:
  EngineEvents events_;
  EndEvents end_events_;
  std::vector<std::unique_ptr<TokenEnds>> ends_;
  std::vector<std::unique_ptr<EndingMinter>> minters_;
  std::vector<std::unique_ptr<Lookup>> lookups_;
  std::vector<std::unique_ptr<TokenEngine>> engines_;
  std::unique_ptr<TokenService> service_;
};

struct Tally {
  int served = 0;
  int refused = 0;
  int followed = 0;
  int searched = 0;
  std::vector<std::string> mix_ups;
};

struct Question {
  Question(TokenAsk ask_, std::string opens_) : ask(std::move(ask_)), opens(std::move(opens_)) {}
  TokenAsk ask;
  std::string opens;  // what a right answer opens
};

Question random_question(Random& random) {
  const std::string& host = kHosts[random.below(kHosts.size())];
  const auto may = PermissionSelection::of(permissions(kPermissions[random.below(kPermissions.size())]));
  const std::optional<Duration> life = kLives[random.below(kLives.size())];
  if (random.below(10) == 0) {
    TokenAsk all(host, {}, random.below(2) == 0 ? PermissionSelection::all_granted() : may);
    all.installation = InstallationId(7 + random.below(2));
    all.life = life;
    std::string right = opens(AppRef(host, "1"), *all.installation, {}, all.permissions, life);
    return {std::move(all), std::move(right)};
  }
  const std::uint64_t owner = random.below(kOwners);
  std::vector<policy::Repository> repositories;
  std::set<std::string> names;
  for (std::uint64_t count = 1 + random.below(kRepositories); count > 0; --count) {
    const std::string name = name_of(owner, random.below(kRepositories));
    repositories.push_back(repository(name));
    names.insert(name);
  }
  std::string right = opens(Truth::app(host, owner), Truth::installation(owner), names, may, life);
  TokenAsk ask(host, std::move(repositories), may);
  ask.life = life;
  return {std::move(ask), std::move(right)};
}

class IsolationTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  net::Task<> call(std::uint64_t seed, std::vector<Replica*> replicas, SteadyPoint end, Tally& tally) {
    SeededRandom own(seed);
    std::map<std::string, Shortcut> ways;
    while (time.clock().steady_now() < end) {
      const Duration pause = std::chrono::milliseconds(own.below(own.below(4) == 0 ? 20 : 60'000));
      co_await net::sleep_until(time, after(time.clock().steady_now(), pause));
      Question question = random_question(own);
      TokenService& service = replicas[own.below(replicas.size())]->service();
      // As the token routes do: the way that led to a token before, then a search, then the engine.
      Shortcut& way = ways[question.opens];
      TokenPtr token = service.follow(question.ask.host, way, time.clock().steady_now());
      ++(token ? tally.followed : tally.searched);
      if (!token) {
        Peeked found = service.peek(question.ask);
        token = std::move(found.token);
        way = std::move(found.way);
      }
      if (!token) {
        const SteadyPoint deadline =
            after(time.clock().steady_now(), std::chrono::milliseconds(own.below(30'000)));
        const Result<Served> served = co_await service.token(question.ask, deadline);
        if (served) token = served->token;
      }
      note(question, token, tally);
    }
  }

  void note(const Question& question, const TokenPtr& token, Tally& tally) {
    ++(token ? tally.served : tally.refused);
    if (!token) return;
    const std::string& opened = world.opened_by.at(std::string(token->reveal()));
    if (opened != question.opens) tally.mix_ups.push_back(opened + " for " + question.opens);
    if (token->remaining(time.clock().now()) < 20s) tally.mix_ups.push_back("too old: " + opened);
    if (question.ask.life && token->lifetime() > *question.ask.life) {
      tally.mix_ups.push_back("lives too long: " + opened);
    }
  }

  // Somebody at GitHub revokes tokens, and callers notice.
  net::Task<> revoke(std::vector<Replica*> replicas, SteadyPoint end) {
    SeededRandom own(5);
    while (time.clock().steady_now() < end) {
      co_await net::sleep_until(time, after(time.clock().steady_now(), 7min));
      const TokenPtr token =
          world.issued[world.issued.size() - 1 - own.below(std::min<std::size_t>(world.issued.size(), 20))];
      world.revoked.insert(std::string(token->reveal()));
      for (Replica* replica : replicas) {
        const std::string opened = world.opened_by.at(std::string(token->reveal()));
        world.excuse(opened);
        const SteadyPoint deadline = after(time.clock().steady_now(), 30s);
        const Result<> done =
            co_await replica->service().rejected(Secret(token->reveal()), may_have_any, deadline);
        world.excuse(opened);
        if (!done) world.complaints.push_back("a report failed");
      }
    }
  }

  Tally run(const std::vector<Replica*>& replicas, Duration span) {
    Tally tally;
    const SteadyPoint end = after(time.clock().steady_now(), span);
    for (std::uint64_t caller = 1; caller <= 20; ++caller) {
      time.spawn(call(GetParam() * 100 + caller, replicas, end, tally));
    }
    time.spawn(revoke(replicas, end));
    time.advance(span + 1h);
    for (Replica* replica : replicas) replica->stop(time);
    return tally;
  }

  static void expect_no_mix_up(const Tally& tally, const World& world) {
    EXPECT_EQ(tally.mix_ups, std::vector<std::string>());
    EXPECT_EQ(world.complaints, std::vector<std::string>());
    EXPECT_TRUE(world.to_end.empty());
    EXPECT_GT(tally.served, 5'000);
    EXPECT_GT(tally.followed, 0);
    EXPECT_GT(tally.searched, 0);
    EXPECT_GT(world.mints, 100);
  }

  VirtualTime time{kStart};
  SeededRandom random{GetParam()};
  World world{time, random};
  Alone alone;
  NoSharedPlaces nowhere;
  NoSharedEnds nobody;
};

TEST_P(IsolationTest, GivesEachCallerItsOwnScopeAndMintsOncePerRefresh) {
  Replica only(time, random, world, alone, nowhere, nobody, 10'000);
  const Tally tally = run({&only}, 10h);
  expect_no_mix_up(tally, world);
  EXPECT_GT(tally.served, 10 * tally.refused);
}

TEST_P(IsolationTest, MixesNothingUpWhenTheCacheIsFarTooSmall) {
  world.counts_refreshes = false;
  Replica only(time, random, world, alone, nowhere, nobody, 8);
  expect_no_mix_up(run({&only}, 4h), world);
}

TEST_P(IsolationTest, MixesNothingUpBetweenReplicas) {
  world.counts_refreshes = false;
  MemorySharedCache shared(time.clock(), time);
  MemorySharedPlaces places(time.clock());
  MemorySharedEnds ends;
  Replica one(time, random, world, shared, places, ends, 10'000);
  Replica two(time, random, world, shared, places, ends, 10'000);
  expect_no_mix_up(run({&one, &two}, 4h), world);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IsolationTest, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace hubwarden::tokens
