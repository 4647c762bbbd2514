#include "github/rate_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "github/rate_fixture.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::GuardWorld;
using testing::kStart;
using testing::limit_fields;
using testing::limited;

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
  EXPECT_TRUE(is_refused(world.enter(world.ask()), Limit::kPrimary, 50min));
}

TEST(RateGuard, LetsTheFirstTellBeforeTheOthersGo) {
  GuardWorld world;
  Entry& first = world.enter(world.ask());
  Entry& second = world.enter(world.ask());
  Entry& third = world.enter(world.ask());
  EXPECT_TRUE(is_admitted(first));
  EXPECT_FALSE(second || third);
  EXPECT_EQ(world.waiting(), 2);
  (void)(*first)->answered(200, limit_fields(1, kStart + 1h), {});
  world.time.settle();
  EXPECT_TRUE(is_admitted(second));
  EXPECT_TRUE(is_refused(third, Limit::kPrimary, 3600s));
  EXPECT_EQ(world.waiting(), 0);
}

TEST(RateGuard, HandsAPlaceOnToWhoWaits) {
  GuardWorld world(at_once(2));
  world.open(100);
  Entry& first = world.enter(world.ask());
  Entry& second = world.enter(world.ask());
  Entry& third = world.enter(world.ask());
  EXPECT_TRUE(is_admitted(first) && is_admitted(second));
  EXPECT_FALSE(third);
  world.leave(first);
  EXPECT_TRUE(is_admitted(third));
  EXPECT_EQ(world.in_flight(), 2);
}

TEST(RateGuard, PacesWritesAndNeverAReadForThem) {
  GuardWorld world;
  world.open(100);
  Entry& first = world.enter(world.write());
  Entry& second = world.enter(world.write());
  Entry& third = world.enter(world.write());
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
  Entry& first = world.enter(world.ask());
  Entry& second = world.enter(world.ask());
  Entry& impatient = world.enter(world.ask("one", 2s));
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
  Entry& read = world.enter(world.ask());
  Entry& write = world.enter(world.write("two"));
  const Result<> meaning = (*first)->answered(403, {}, limited(Limit::kSecondary, 60s));
  EXPECT_EQ(meaning.error().retry_after(), 60s);
  world.time.settle();
  EXPECT_TRUE(is_refused(read, Limit::kSecondary, 60s));
  EXPECT_TRUE(is_refused(write, Limit::kSecondary, 60s));
  world.time.advance(20s);
  EXPECT_TRUE(is_refused(world.enter(world.ask()), Limit::kSecondary, 40s));
}

}  // namespace
}  // namespace hubwarden::github
