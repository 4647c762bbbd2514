#include "base/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hubwarden {
namespace {

class SingleFlightTest : public ::testing::Test {
 protected:
  SingleFlight<int>::Joined join(std::string_view key) {
    return flights.join(key, [this](const int& value) { landed.push_back(value); });
  }

  SingleFlight<int> flights;
  std::vector<int> landed;
};

TEST_F(SingleFlightTest, LetsTheFirstWorkAndGivesAllOfThemWhatLanded) {
  EXPECT_TRUE(join("a").first);
  EXPECT_FALSE(join("a").first);
  EXPECT_FALSE(join("a").first);
  EXPECT_TRUE(flights.in_flight("a"));
  flights.land("a", 7);
  EXPECT_EQ(landed, (std::vector{7, 7, 7}));
  EXPECT_FALSE(flights.in_flight("a"));
}

TEST_F(SingleFlightTest, LetsOneJoinOnlyWhatIsInTheAir) {
  SingleFlight<int>::Callback callback = [this](const int& value) { landed.push_back(value); };
  EXPECT_FALSE(flights.join_in_flight("a", callback));
  EXPECT_FALSE(flights.in_flight("a"));
  join("a");
  ASSERT_TRUE(flights.join_in_flight("a", callback)) << "the callback has stayed with the caller";
  flights.land("a", 7);
  EXPECT_EQ(landed, (std::vector{7, 7}));
  join("a");
  callback = [this](const int& value) { landed.push_back(value); };
  const auto leaves = flights.join_in_flight("a", callback);
  flights.leave("a", leaves.value());
  flights.land("a", 8);
  EXPECT_EQ(landed, (std::vector{7, 7, 8}));
}

TEST_F(SingleFlightTest, KeepsKeysApart) {
  EXPECT_TRUE(join("a").first);
  EXPECT_TRUE(join("b").first);
  flights.land("a", 1);
  EXPECT_EQ(landed, (std::vector{1}));
  flights.land("b", 2);
  EXPECT_EQ(landed, (std::vector{1, 2}));
}

TEST_F(SingleFlightTest, BeginsAnewAfterALanding) {
  join("a");
  flights.land("a", 1);
  EXPECT_TRUE(join("a").first);
  flights.land("a", 2);
  EXPECT_EQ(landed, (std::vector{1, 2}));
}

TEST_F(SingleFlightTest, GoesOnWithoutThoseWhoLeave) {
  const auto first = join("a");
  const auto second = join("a");
  flights.leave("a", first.ticket);
  EXPECT_FALSE(join("a").first) << "it is still in the air";
  flights.leave("a", second.ticket);
  flights.land("a", 3);
  EXPECT_EQ(landed, (std::vector{3}));
  flights.leave("a", first.ticket);
  flights.leave("never", 1);
}

TEST_F(SingleFlightTest, CanStartWithNobodyWaiting) {
  EXPECT_TRUE(flights.start("a"));
  EXPECT_FALSE(flights.start("a"));
  EXPECT_FALSE(join("a").first);
  flights.land("a", 4);
  EXPECT_EQ(landed, (std::vector{4}));
  EXPECT_TRUE(flights.start("a"));
}

TEST_F(SingleFlightTest, LandsNobodyTwice) {
  join("a");
  flights.land("a", 1);
  flights.land("a", 2);
  EXPECT_EQ(landed, (std::vector{1}));
}

TEST_F(SingleFlightTest, CallsBackOutsideItsLock) {
  bool first_again = false;
  flights.join("a", [&](const int&) { first_again = join("a").first; });
  flights.land("a", 1);
  EXPECT_TRUE(first_again);
}

TEST(SingleFlight, HasOneWorkerAtATimeHoweverManyThreadsJoin) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  SingleFlight<int> flights;
  std::atomic<int> working{0};
  std::atomic<int> most{0};
  std::atomic<int> called_back{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          const auto joined = flights.join("key", [&](const int&) { called_back.fetch_add(1); });
          if (!joined.first) continue;
          most.store(std::max(most.load(), working.fetch_add(1) + 1));
          working.fetch_sub(1);
          flights.land("key", round);
        }
      });
    }
  }
  EXPECT_EQ(most.load(), 1);
  EXPECT_EQ(called_back.load(), kThreads * kRounds) << "each is called back once";
}

}  // namespace
}  // namespace hubwarden
