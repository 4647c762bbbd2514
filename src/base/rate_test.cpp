#include "base/rate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hubwarden {
namespace {

using namespace std::chrono_literals;

constexpr SteadyPoint kStart{std::chrono::hours(100)};

int taken(RateMeter& meter, PerMinute rate, SteadyPoint now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += meter.take(rate, now) ? 0 : 1;
  return count;
}

TEST(RateMeter, GivesAMinutesWorthAtOnceAndNoMore) {
  RateMeter meter;
  EXPECT_EQ(taken(meter, PerMinute(30), kStart, 100), 30);
  EXPECT_EQ(taken(meter, PerMinute(1), kStart, 1), 0);
}

TEST(RateMeter, GrowsBackEvenly) {
  RateMeter meter;
  const PerMinute rate(30);
  taken(meter, rate, kStart, 30);
  EXPECT_EQ(meter.take(rate, kStart), Duration(2s));
  EXPECT_EQ(meter.take(rate, kStart + 1999ms), Duration(1ms));
  EXPECT_EQ(taken(meter, rate, kStart + 2s, 5), 1);
  EXPECT_EQ(taken(meter, rate, kStart + 12s, 50), 5);
  EXPECT_EQ(taken(meter, rate, kStart + 10min, 50), 30) << "what was not used is not saved up";
}

TEST(RateMeter, SaysHowLongWithoutCounting) {
  RateMeter meter;
  const PerMinute rate(2);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(meter.wait(rate, kStart), std::nullopt);
  EXPECT_EQ(taken(meter, rate, kStart, 10), 2);
  EXPECT_EQ(meter.wait(rate, kStart), Duration(30s));
  EXPECT_EQ(meter.wait(rate, kStart + 30s), std::nullopt);
}

TEST(RateMeter, GivesNoMoreToManyThreadsThanToOne) {
  RateMeter meter;
  std::atomic<int> count{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] { count += taken(meter, PerMinute(1000), kStart, 1000); });
  }
  EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace hubwarden
