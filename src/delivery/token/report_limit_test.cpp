#include "delivery/token/report_limit.h"

#include <gtest/gtest.h>

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;

class ReportLimitTest : public ::testing::Test {
 protected:
  int take_all(std::string_view caller) {
    int taken = 0;
    while (taken < 1000 && limit.take(caller)) ++taken;
    return taken;
  }

  ManualClock clock{TimePoint(1'800'000'000s)};
  ReportLimit limit{clock};
};

TEST_F(ReportLimitTest, LetsTenThroughAtOnceAndOneMoreEverySixSeconds) {
  EXPECT_EQ(take_all("agent-7"), 10);
  clock.advance(5999ms);
  EXPECT_EQ(take_all("agent-7"), 0);
  clock.advance(1ms);
  EXPECT_EQ(take_all("agent-7"), 1);
  clock.advance(18s);
  EXPECT_EQ(take_all("agent-7"), 3);
}

TEST_F(ReportLimitTest, FillsUpToTenAndNoFurther) {
  EXPECT_EQ(take_all("agent-7"), 10);
  clock.advance(24h);
  EXPECT_EQ(take_all("agent-7"), 10);
}

TEST_F(ReportLimitTest, CountsEachCallerAlone) {
  EXPECT_EQ(take_all("agent-7"), 10);
  EXPECT_EQ(take_all("agent-8"), 10);
  EXPECT_EQ(take_all("@admin"), 10);
}

TEST_F(ReportLimitTest, TakesNothingForARefusal) {
  EXPECT_EQ(take_all("agent-7"), 10);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.take("agent-7"));
  clock.advance(6s);
  EXPECT_TRUE(limit.take("agent-7"));
}

TEST_F(ReportLimitTest, IsNotMovedByACalendarThatJumps) {
  EXPECT_EQ(take_all("agent-7"), 10);
  clock.jump(24h);
  EXPECT_EQ(take_all("agent-7"), 0);
}

TEST_F(ReportLimitTest, RemembersABoundedNumberOfCallers) {
  EXPECT_EQ(take_all("first"), 10);
  for (std::size_t i = 0; i < 2 * ReportLimit::kMaxCallers; ++i)
    ASSERT_TRUE(limit.take("w" + std::to_string(i)));
  EXPECT_EQ(take_all("first"), 10) << "forgotten, and so full again";
}

}  // namespace
}  // namespace hubwarden::delivery
