#include "github/rate_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "github/rate_fixture.h"
#include "net/loops.h"
#include "net/system_timers.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::GuardWorld;
using testing::kStart;
using testing::limit_fields;
using testing::limited;
using testing::VirtualTime;

using Entry = GuardWorld::Entry;

RateOptions at_once(std::size_t max_in_flight) {
  RateOptions options;
  options.max_in_flight = max_in_flight;
  return options;
}

bool is_admitted(const Entry& entry) {
  return entry && entry->has_value();
}
bool is_refused(const Entry& entry, Limit limit, std::chrono::seconds wait) {
  if (!entry || entry->has_value()) return false;
  const Error& error = entry->error();
  EXPECT_EQ(error.code(), ErrorCode::kRateLimited);
  EXPECT_EQ(error.limit(), limit) << error.message();
  EXPECT_EQ(error.retry_after(), wait) << error.message();
  return true;
}

constexpr int kWorkers = 6;
constexpr int kRequestsEach = 100;

// How many of its requests were admitted.
net::Task<int> work(RateGuard& guard, const Clock& clock, int worker, std::atomic<int>& at_once,
                    std::atomic<int>& most) {
  int done = 0;
  for (int i = 0; i < kRequestsEach; ++i) {
    RateAsk ask(InstallationId(7), std::to_string(worker), clock.steady_now() + 1min);
    ask.is_write = i % 10 == 0;
    net::Task<Result<RatePermit>> admitted = guard.admit(std::move(ask));
    Result<RatePermit> permit = co_await std::move(admitted);
    if (!permit) continue;
    const int now = ++at_once;
    if (now > most) most = now;
    co_await net::next_turn();
    const http::Fields fields = limit_fields(4000, clock.now() + 1h);
    const Result<> told = permit->answered(200, fields, {});
    --at_once;
    done += told ? 1 : 0;
  }
  co_return done;
}

net::Task<int> stop(RateGuard& guard) {
  net::Task<> stopped = guard.stop();
  co_await std::move(stopped);
  co_return 0;
}

TEST(RateGuard, AdmitsAndCountsWhatIsUnderWay) {
  GuardWorld world;
  world.open(100);
  Entry& entry = world.enter(world.ask());
  EXPECT_TRUE(is_admitted(entry));
  EXPECT_EQ(world.in_flight(), 1);
  world.leave(entry);
  EXPECT_EQ(world.in_flight(), 0);
}

TEST(RateGuard, RefusesTheHundredAndFirstOfAHundred) {
  GuardWorld world;
  world.open(100);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_admitted(world.enter(world.ask())));
  world.time.advance(10min);
  EXPECT_TRUE(is_refused(world.enter(world.ask()), Limit::kPrimary, 50min + RateBucket::kRounding));
}

TEST(RateGuard, LetsTheFirstTellBeforeTheOthersGo) {
  GuardWorld world;
  Entry& first = world.enter(world.ask());
  const Entry& second = world.enter(world.ask());
  const Entry& third = world.enter(world.ask());
  EXPECT_TRUE(is_admitted(first));
  EXPECT_FALSE(second || third);
  EXPECT_EQ(world.waiting(), 2);
  EXPECT_TRUE((*first)->answered(200, limit_fields(1, kStart + 1h), {}));
  world.time.settle();
  EXPECT_TRUE(is_admitted(second));
  EXPECT_TRUE(is_refused(third, Limit::kPrimary, 1h + RateBucket::kRounding));
  EXPECT_EQ(world.waiting(), 0);
}

TEST(RateGuard, HandsAPlaceOnToWhoWaits) {
  GuardWorld world(at_once(2));
  world.open(100);
  Entry& first = world.enter(world.ask());
  const Entry& second = world.enter(world.ask());
  const Entry& third = world.enter(world.ask());
  EXPECT_TRUE(is_admitted(first) && is_admitted(second));
  EXPECT_FALSE(third);
  world.leave(first);
  EXPECT_TRUE(is_admitted(third));
  EXPECT_EQ(world.in_flight(), 2);
}

TEST(RateGuard, PacesWritesAndNeverAReadForThem) {
  GuardWorld world;
  world.open(100);
  const Entry& first = world.enter(world.write());
  const Entry& second = world.enter(world.write());
  const Entry& third = world.enter(world.write());
  EXPECT_TRUE(is_admitted(first));
  EXPECT_TRUE(is_admitted(world.enter(world.ask())));
  world.time.advance(999ms);
  EXPECT_FALSE(second || third);
  world.time.advance(1ms);
  EXPECT_TRUE(is_admitted(second));
  EXPECT_FALSE(third);
  world.time.advance(1s);
  EXPECT_TRUE(is_admitted(third));
}

TEST(RateGuard, TellsAWriteAtOnceThatItsTurnWouldComeTooLate) {
  GuardWorld world;
  world.open(100);
  for (int i = 0; i <= 10; ++i) EXPECT_FALSE(is_refused(world.enter(world.write()), Limit::kSecondary, 1s));
  EXPECT_TRUE(is_refused(world.enter(world.write()), Limit::kSecondary, 11s));
  EXPECT_TRUE(is_refused(world.enter(world.write("one", 3s)), Limit::kSecondary, 11s));
  world.time.advance(1min);
}

TEST(RateGuard, TellsWhoWaitedTooLongWhenToComeBack) {
  GuardWorld world(at_once(1));
  world.open(100);
  const Entry& first = world.enter(world.ask());
  const Entry& second = world.enter(world.ask());
  const Entry& impatient = world.enter(world.ask("one", 2s));
  world.time.advance(2s);
  EXPECT_TRUE(is_refused(impatient, Limit::kSecondary, 10s));
  EXPECT_FALSE(second);
  world.time.advance(8s);
  EXPECT_TRUE(is_refused(second, Limit::kSecondary, 10s));
  EXPECT_TRUE(is_admitted(first));
}

TEST(RateGuard, SendsAllThatWaitAwayWhenALimitCloses) {
  GuardWorld world(at_once(1));
  world.open(100);
  Entry& first = world.enter(world.ask());
  const Entry& read = world.enter(world.ask());
  const Entry& write = world.enter(world.write("two"));
  const Result<> meaning = (*first)->answered(403, {}, limited(Limit::kSecondary, 60s));
  EXPECT_EQ(meaning.error().retry_after(), 60s);
  world.time.settle();
  EXPECT_TRUE(is_refused(read, Limit::kSecondary, 60s));
  EXPECT_TRUE(is_refused(write, Limit::kSecondary, 60s));
  world.time.advance(20s);
  EXPECT_TRUE(is_refused(world.enter(world.ask()), Limit::kSecondary, 40s));
}

TEST(RateGuard, ShowsWhatIsClosedUntilItOpens) {
  GuardWorld world;
  obs::GaugeFamily& closed =
      world.metrics.gauges("hubwarden_github_closed_buckets", "", {{"limit", {"primary", "secondary"}}});
  world.open(1);
  Entry& last = world.enter(world.ask());
  EXPECT_EQ(closed.at(RateDoor::kPrimary).value(), 1);
  EXPECT_FALSE((*last)->answered(403, {}, limited(Limit::kSecondary, 60s)));
  EXPECT_EQ(closed.at(RateDoor::kSecondary).value(), 1);
  world.time.advance(60s);
  EXPECT_EQ(closed.at(RateDoor::kSecondary).value(), 0);
  EXPECT_EQ(closed.at(RateDoor::kPrimary).value(), 1);
  world.time.advance(1h);
  EXPECT_EQ(closed.at(RateDoor::kPrimary).value(), 0);
}

TEST(RateGuard, KeepsInstallationsApart) {
  GuardWorld world;
  world.open(0);
  EXPECT_TRUE(is_refused(world.enter(world.ask()), Limit::kPrimary, 1h + RateBucket::kRounding));
  EXPECT_TRUE(is_admitted(world.enter(RateAsk(InstallationId(8), "one", SteadyPoint::max()))));
}

TEST(RateGuard, GivesAPlaceBackOnceHoweverOftenThePermitMoves) {
  GuardWorld world(at_once(1));
  world.open(100);
  Entry& first = world.enter(world.ask());
  RatePermit moved = std::move(**first);
  world.leave(first);
  EXPECT_EQ(world.in_flight(), 1);
  {
    const RatePermit last = std::move(moved);
    EXPECT_EQ(world.in_flight(), 1);
  }
  EXPECT_EQ(world.in_flight(), 0);
  EXPECT_TRUE(is_admitted(world.enter(world.ask())));
}

TEST(RateGuard, SendsEveryoneAwayWhenItStops) {
  GuardWorld world(at_once(1));
  world.open(100);
  Entry& first = world.enter(world.ask());
  Entry& second = world.enter(world.ask());
  world.time.run(world.guard.stop());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error().code(), ErrorCode::kUnavailable);
  Entry& third = world.enter(world.ask());
  ASSERT_TRUE(third);
  EXPECT_EQ(third->error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(is_admitted(first));
  world.leave(first);
}

TEST(RateGuard, TakesThePlaceBackOfATaskThatGoesBeforeItHasIt) {
  const SystemClock clock;
  net::SystemTimers timers;
  obs::Metrics metrics;
  RateGuard guard({clock, timers, metrics}, at_once(1));
  const RateAsk ask(testing::kInstallation, "one", clock.steady_now() + 1min);
  Entry first;
  Entry never;
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, GuardWorld::keep(guard, ask, first), boost::asio::detached);
  loop.poll();
  {
    boost::asio::io_context doomed;
    boost::asio::co_spawn(doomed, GuardWorld::keep(guard, ask, never), boost::asio::detached);
    doomed.poll();
    first.reset();  // the place is the waiting task's now, but it never runs again
    EXPECT_EQ(metrics.gauge("hubwarden_github_open_requests", "").value(), 1);
  }
  EXPECT_EQ(metrics.gauge("hubwarden_github_open_requests", "").value(), 0);
  EXPECT_EQ(metrics.gauge("hubwarden_github_waiting_requests", "").value(), 0);
}

TEST(RateGuard, MayGoBeforeItsPermits) {
  VirtualTime time(kStart);
  obs::Metrics metrics;
  RateOptions options;
  options.max_in_flight = 1;
  auto guard = std::make_unique<RateGuard>(RateGuard::Parts{time.clock(), time, metrics}, options);
  std::optional<Result<RatePermit>> permit;
  std::optional<Result<RatePermit>> never;
  const RateAsk ask(testing::kInstallation, "one", SteadyPoint::max());
  time.spawn(GuardWorld::keep(*guard, ask, permit));
  time.spawn(GuardWorld::keep(*guard, ask, never));
  time.settle();
  ASSERT_TRUE(permit && permit->has_value());
  guard.reset();
  EXPECT_TRUE((*permit)->answered(200, {}, {}));
}

// From several threads at once, in real time: every request comes through, one at a time on each.
TEST(RateGuard, ServesManyLoops) {
  const SystemClock clock;
  net::SystemTimers timers;
  obs::Metrics metrics;
  net::Loops loops(3);
  RateOptions options;
  options.max_in_flight = 2;
  options.write_interval = 1ms;
  RateGuard guard({clock, timers, metrics}, options);
  loops.start();
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::vector<std::future<int>> workers;
  workers.reserve(kWorkers);
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.push_back(std::async(std::launch::async, [&, worker] {
      return net::block_on(loops.next(), work(guard, clock, worker, at_once, most));
    }));
  }
  int done = 0;
  for (auto& worker : workers) done += worker.get();
  EXPECT_EQ(done, kWorkers * kRequestsEach);
  EXPECT_LE(most, 2);
  EXPECT_EQ(metrics.gauge("hubwarden_github_open_requests", "").value(), 0);
  net::block_on(loops.next(), stop(guard));
  loops.stop();
}

}  // namespace
}  // namespace hubwarden::github
