// A day in virtual time in which everything on the way to GitHub fails in turn, and comes back: no token that
// has expired is served, all works again without a restart, and the metrics have seen it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include "apps/hubwarden/telemetry.h"
#include "obs/capturing_log.h"
#include "tests/fault/faulty_github.h"
#include "tokens/app_upstream.h"
#include "tokens/service.h"

namespace hubwarden::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
constexpr Duration kDay = 24h;
constexpr int kWorkspaces = 20;
constexpr Duration kMeanPause = 60s;
constexpr Duration kDeadline = 30s;
// Of the last request that a fault has met; its pause begins when it lands.
constexpr Duration kInFlight = 12s;
// Below a minute nothing is served, by a clock that is known to a second.
constexpr Duration kLeastLeft = 58s;

struct Expected {
  Duration pause;  // docs/tokens.md, "After a failure"
  ErrorCode seen_as;
};

// In the order of Fault.
constexpr std::array<Expected, kFaults> kExpected = {{
    {30s, ErrorCode::kUpstreamUnavailable},
    {30s, ErrorCode::kUpstreamUnavailable},
    {30s, ErrorCode::kUpstreamUnavailable},
    {30s, ErrorCode::kUpstreamProtocol},
    {30s, ErrorCode::kUpstreamTimeout},
    {3s, ErrorCode::kRateLimited},
    {60s, ErrorCode::kRateLimited},
    {30s, ErrorCode::kInstallationSuspended},
    {30s, ErrorCode::kAppNotInstalled},
    {30s, ErrorCode::kAppNotInstalled},
    {30s, ErrorCode::kUpstreamAuth},
}};

std::uint64_t seed_of_this_run() {
  const char* const given = std::getenv("HUBWARDEN_TEST_SEED");
  const auto number = parse_number<std::uint64_t>(given != nullptr ? given : "");
  return number ? *number : SystemRandom().next();
}

SteadyPoint later(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

// What apps/hubwarden/github_side.cpp makes of a configuration: it is made anew when the App's key changes.
class Side {
 public:
  Side(VirtualTime& time, Random& random, FaultyGitHub& github, obs::Log& log, obs::Metrics& metrics)
      : nowhere_({ledger::SigningKey(Secret("unused")), time.clock(), time, random, metrics, log}, {}),
        telemetry_(time.clock(), nowhere_, log, metrics),
        clock_(time.clock(), [this](Duration by) { telemetry_.clock_corrected(by); }),
        jwt_(*github::AppId::parse("123456"), *crypto::RsaKey::from_pem(Secret(github.key_pem())), clock_),
        api_(github::Host::github_com(), github.client(), jwt_, clock_, random),
        upstream_(clock_),
        lookup_({clock_, time, random, upstream_, places_}, {app_}, 1000),
        engine_({clock_, time, random, upstream_, alone_, telemetry_}, tokens::EngineOptions{}),
        service_(time.clock(), time, {tokens::HostTokens(lookup_, engine_, upstream_)}, nullptr) {
    upstream_.add(app_, api_);
    engine_.teach(lookup_.learner());
    time.spawn(engine_.keep_warm());
  }

  tokens::TokenService& tokens() { return service_; }
  net::Task<> stop() {
    co_await engine_.stop();
    co_await lookup_.stop();
  }

 private:
  tokens::AppRef app_{"github.com", "123456"};
  ledger::Ledger nowhere_;
  apps::Telemetry telemetry_;
  github::ServerClock clock_;
  github::AppJwtCache jwt_;
  github::Api api_;
  tokens::AppUpstream upstream_;
  tokens::Alone alone_;
  tokens::NoSharedPlaces places_;
  tokens::Lookup lookup_;
  tokens::TokenEngine engine_;
  tokens::TokenService service_;
};

class DayOfFaults : public ::testing::Test {
 protected:
  DayOfFaults() { reload(); }

  // Those that are replaced end what they have begun.
  void reload() {
    if (!sides.empty()) time.spawn(sides.back()->stop());
    sides.push_back(std::make_unique<Side>(time, random, github, log, metrics));
  }

  Duration up_to(std::chrono::seconds most) {
    return std::chrono::seconds(random.below(static_cast<std::uint64_t>(most.count())));
  }
  net::Task<> sleep(Duration by) { return net::sleep_until(time, later(time.clock().steady_now(), by)); }

  net::Task<> break_things() {
    const SteadyPoint end = later(SteadyPoint{}, kDay - 90min);
    while (time.clock().steady_now() < end) {
      std::array<int, kFaults> order;
      for (int i = 0; i < kFaults; ++i) order[static_cast<std::size_t>(i)] = i;
      for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
      for (const int next : order) {
        co_await sleep(10min + up_to(900s));
        co_await live_through(static_cast<Fault>(next));
      }
    }
  }

  net::Task<> live_through(Fault fault) {
    const Expected& expected = kExpected[static_cast<std::size_t>(fault)];
    const Duration lasts = fault == Fault::kRecreated ? 0s : 5min + up_to(900s);
    const std::uint64_t before = count_of(expected.seen_as);
    works_from = SteadyPoint::max();
    github.begin(fault, lasts);
    if (lasts > 0s) co_await sleep(lasts);
    github.end();
    if (fault == Fault::kKeyRotated) reload();
    const Duration recovery = expected.pause + kInFlight;
    works_from = later(time.clock().steady_now(), recovery);
    co_await sleep(recovery + 3min);
    seen[static_cast<std::size_t>(fault)] += count_of(expected.seen_as) - before;
  }

  // This machine's clock, whatever else is broken at the time.
  net::Task<> set_clocks() {
    Duration off = 0s;
    while (time.clock().steady_now() < later(SteadyPoint{}, kDay)) {
      co_await sleep(20min + up_to(3600s));
      const Duration next = (static_cast<int>(random.below(3)) - 1) * 5min;
      time.clock().jump(next - off);
      if (next != off) ++jumps;
      off = next;
    }
  }

  net::Task<> work(int workspace) {
    while (time.clock().steady_now() < later(SteadyPoint{}, kDay)) {
      const double pause = -std::log(1.0 - random.unit());
      co_await sleep(std::chrono::duration_cast<Duration>(kMeanPause * pause));
      co_await use_a_token("acme/w" + std::to_string(workspace));
    }
  }

  // As git does it: asks, uses, reports a token that GitHub refuses, and asks again.
  net::Task<> use_a_token(std::string repository) {
    const SteadyPoint begun = time.clock().steady_now();
    const SteadyPoint promised = works_from;
    ++asked;
    Result<tokens::Served> served = co_await ask(repository);
    if (served && !github.takes(served->token->reveal())) {
      ++reported;
      Secret refused(served->token->reveal());
      tokens::TokenService& tokens = sides.back()->tokens();
      const SteadyPoint deadline = later(time.clock().steady_now(), kDeadline);
      const Result<> heard = co_await tokens.rejected(std::move(refused), tokens::may_have_any, deadline);
      if (heard) {
        Result<tokens::Served> again = co_await ask(repository);
        served = std::move(again);
      }
    }
    const bool works = served && github.takes(served->token->reveal());
    if (!works) ++failed;
    // Nothing broke between.
    if (begun < promised || works_from != promised) co_return;
    EXPECT_TRUE(works) << repository << " at " << begun.time_since_epoch() / 1s << " s, "
                       << (begun - promised) / 1s << " s after all should work again: "
                       << (served ? "a token that GitHub refuses" : served.error().message());
  }

  net::Task<Result<tokens::Served>> ask(std::string repository) {
    tokens::TokenAsk wanted("github.com", {*policy::Repository::parse(repository)},
                            tokens::PermissionSelection::of(*policy::PermissionSet::parse("contents:write")));
    if (random.below(10) == 0) wanted.min_ttl = 30min;
    tokens::TokenService& tokens = sides.back()->tokens();
    const tokens::Peeked peeked = tokens.peek(wanted);
    if (peeked.token) {
      tokens::Served at_hand(peeked.token, false);
      check(repository, *at_hand.token);
      co_return at_hand;
    }
    const SteadyPoint deadline = later(time.clock().steady_now(), kDeadline);
    Result<tokens::Served> served = co_await tokens.token(std::move(wanted), deadline);
    if (served) check(repository, *served->token);
    co_return served;
  }

  void check(const std::string& repository, const tokens::Token& token) {
    const FaultyGitHub::Issued* issued = github.issued(token.reveal());
    ASSERT_NE(issued, nullptr) << "GitHub never gave it";
    EXPECT_EQ(issued->repository, repository);
    EXPECT_GT(issued->expires_at - github.now(), kLeastLeft)
        << "at " << time.clock().steady_now().time_since_epoch() / 1s << " s";
  }

  std::uint64_t count_of(ErrorCode code) const {
    return counted("hubwarden_mint_errors_total{error=\"" + std::string(to_string(code)) + "\"} ");
  }
  std::uint64_t counted(const std::string& series) const {
    const std::string page = metrics.render();
    const std::size_t at = page.find("\n" + series);
    if (at == std::string::npos) return 0;
    const std::size_t begin = at + 1 + series.size();
    return parse_number<std::uint64_t>(page.substr(begin, page.find('\n', begin) - begin)).value_or(0);
  }

  const std::uint64_t seed = seed_of_this_run();
  SeededRandom random{seed};
  VirtualTime time{kStart};
  FaultyGitHub github{time, kStart};
  obs::CapturingLog log;
  obs::Metrics metrics;
  std::vector<std::unique_ptr<Side>> sides;
  SteadyPoint works_from{};
  std::array<std::uint64_t, kFaults> seen{};
  int asked = 0, failed = 0, reported = 0, jumps = 0;
};

TEST_F(DayOfFaults, ServesNoExpiredTokenAndRecoversFromEachWithoutARestart) {
  std::cout << "HUBWARDEN_TEST_SEED=" << seed << std::endl;
  SCOPED_TRACE("seed " + std::to_string(seed));
  time.spawn(break_things());
  time.spawn(set_clocks());
  for (int workspace = 0; workspace < kWorkspaces; ++workspace) time.spawn(work(workspace));
  time.advance(kDay + 5h);
  time.run(sides.back()->stop());
  time.advance(2s);

  std::cout << asked << " asked, " << failed << " in vain, " << reported << " refused by GitHub, "
            << github.mints() << " minted, clock set " << jumps << " times" << std::endl;
  EXPECT_GT(asked, 20'000);
  for (int fault = 0; fault < kFaults; ++fault) {
    EXPECT_GT(seen[static_cast<std::size_t>(fault)], 0U) << "fault " << fault << " shows in no metric";
  }
  EXPECT_GT(jumps, 0);
  EXPECT_GT(counted("hubwarden_github_clock_corrections_total "), 0U);
  EXPECT_GT(counted("hubwarden_stale_tokens_total "), 0U);
  EXPECT_GT(counted("hubwarden_forgotten_tokens_total "), 0U);
  EXPECT_GT(counted("hubwarden_mints_total "), 0U);
  EXPECT_THAT(log.text() + metrics.render(), Not(HasSubstr("ghs_day")));
}

}  // namespace
}  // namespace hubwarden::testing
