#include "apps/hubwarden/refresh_plan.h"

#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};

TEST(RefreshPlan, AsksAFewTimesAnHourAndWellBeforeTheEnd) {
  ManualClock clock(kNow);
  RefreshPlan plan(kNow + 1h, kNow);
  int questions = 0;
  // hubwarden gives out another one once this one has less than five minutes left.
  while (kNow + 1h - clock.now() > 5min) {
    clock.advance(plan.pause());
    ++questions;
    plan.renewed(kNow + 1h, clock.now());
  }
  EXPECT_EQ(questions, 4);
  EXPECT_GT(kNow + 1h - clock.now(), 2min);
}

TEST(RefreshPlan, NeverWaitsBeyondTheEndOfAShortToken) {
  for (const Duration life : {Duration(1s), Duration(20s), Duration(90s), Duration(1h)}) {
    ManualClock clock(kNow);
    const TimePoint end = kNow + std::chrono::duration_cast<TimePoint::duration>(life);
    RefreshPlan plan(end, kNow);
    for (int i = 0; i < 2; ++i) {
      clock.advance(plan.pause());
      EXPECT_FALSE(plan.is_over(clock.now()));
      plan.renewed(end, clock.now());
    }
  }
}

TEST(RefreshPlan, TriesAgainEverLessOftenAndSoonerWhileThereIsSomethingToLose) {
  RefreshPlan plan(kNow + 4s, kNow);
  plan.failed(kNow);
  EXPECT_EQ(plan.pause(), Duration(1s));
  plan.failed(kNow + 3s);
  EXPECT_EQ(plan.pause(), Duration(500ms));
  EXPECT_FALSE(plan.is_over(kNow + 3s));
  EXPECT_TRUE(plan.is_over(kNow + 4s));
  for (int i = 0; i < 10; ++i) plan.failed(kNow + 5s);
  EXPECT_EQ(plan.pause(), RefreshPlan::kLongestRetry);
  plan.renewed(kNow + 1h, kNow + 5s);
  plan.failed(kNow + 6s);
  EXPECT_EQ(plan.pause(), RefreshPlan::kFirstRetry);
}

TEST(RefreshPlan, AsksNowAndThenForATokenWithoutAnEnd) {
  RefreshPlan plan(std::nullopt, kNow);
  EXPECT_EQ(plan.pause(), RefreshPlan::kLongest);
  EXPECT_FALSE(plan.is_over(kNow + 1000h));
}

}  // namespace
}  // namespace hubwarden::apps
