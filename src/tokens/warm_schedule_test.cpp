#include "tokens/warm_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr SteadyPoint kStart{};

TEST(WarmSchedule, GivesWhatIsDueTheMostOverdueFirst) {
  WarmSchedule<std::string> schedule;
  schedule.add(kStart + 3s, "third");
  schedule.add(kStart + 1s, "first");
  schedule.add(kStart + 9s, "later");
  schedule.add(kStart + 2s, "second");
  EXPECT_THAT(schedule.take(kStart, 10), IsEmpty());
  EXPECT_THAT(schedule.take(kStart + 3s, 2), ElementsAre("first", "second"));
  EXPECT_THAT(schedule.take(kStart + 3s, 10), ElementsAre("third"));
  EXPECT_EQ(schedule.size(), 1U);
}

TEST(WarmSchedule, LosesNothingBetweenThreads) {
  constexpr int kEach = 5000;
  WarmSchedule<int> schedule;
  std::size_t taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&schedule] {
        for (int i = 0; i < kEach; ++i) schedule.add(kStart + std::chrono::milliseconds(i % 100), i);
      });
    }
    while (taken < kEach) taken += schedule.take(kStart + 1s, 7).size();
  }
  taken += schedule.take(kStart + 1s, 3 * kEach).size();
  EXPECT_EQ(taken, 3U * kEach);
}

}  // namespace
}  // namespace hubwarden::tokens
