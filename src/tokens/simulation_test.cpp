// Days of a fleet's work in virtual time.

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
constexpr int kWorkspaces = 50;
constexpr Duration kSpan = 72h;
constexpr Duration kMeanPause = 90s;

Scope scope_of(int workspace) {
  RepositoryRef own(repository("acme/w" + std::to_string(workspace)),
                    RepositoryId(static_cast<std::uint64_t>(workspace) + 1));
  return {AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of({own}),
          PermissionSelection::of(permissions("contents:write"))};
}

struct Tally {
  int asked = 0;
  int failed = 0;
  int below_floor = 0;
  // The fewest mints that the threshold table allows for these requests: a first one, then one at the first
  // request of each time that less than refresh_ahead is left.
  int least = 0;
};

net::Task<> work(int workspace, TokenEngine& engine, VirtualTime& time, Tally& tally) {
  SeededRandom random(static_cast<std::uint64_t>(workspace) + 100);
  const Scope scope = scope_of(workspace);
  const SteadyPoint end = time.clock().steady_now() + kSpan;
  SteadyPoint covered_until{};
  while (time.clock().steady_now() < end) {
    const double pause = -std::log(1.0 - random.unit());
    const auto wait = std::chrono::duration_cast<SteadyPoint::duration>(kMeanPause * pause);
    co_await net::sleep_until(time, time.clock().steady_now() + wait);
    const SteadyPoint now = time.clock().steady_now();
    if (now >= covered_until) {
      ++tally.least;
      covered_until = now + 50min;
    }
    ++tally.asked;
    TokenPtr token = engine.peek(scope.key(), 0s).token;
    if (!token) {
      const Wish wish(Duration::zero(), now + 30s);
      const Result<Served> served = co_await engine.token(scope, wish);
      if (served) token = served->token;
    }
    if (!token) {
      ++tally.failed;
    } else if (token->remaining(time.clock().now()) < 60s) {
      ++tally.below_floor;
    }
  }
}

TEST(Simulation, ServesFiftyWorkspacesForThreeDaysWithHardlyAMintTooMany) {
  VirtualTime time(kStart);
  SeededRandom random(1);
  FakeUpstream github(time);
  Alone alone;
  EngineEvents events;
  TokenEngine engine({time.clock(), time, random, github, alone, events}, EngineOptions{});
  time.spawn(engine.keep_warm());
  Tally tally;
  for (int workspace = 0; workspace < kWorkspaces; ++workspace)
    time.spawn(work(workspace, engine, time, tally));
  time.advance(kSpan + 1h);

  RecordProperty("requests", tally.asked);
  RecordProperty("mints", github.mints);
  RecordProperty("least_possible", tally.least);
  std::printf("%d requests, %d mints, least possible %d\n", tally.asked, github.mints, tally.least);
  EXPECT_GT(tally.asked, 100'000);
  EXPECT_EQ(tally.failed, 0);
  EXPECT_EQ(tally.below_floor, 0);
  EXPECT_LE(github.mints, tally.least * 105 / 100);
  time.run(engine.stop());
  time.advance(2s);
}

}  // namespace
}  // namespace hubwarden::tokens
