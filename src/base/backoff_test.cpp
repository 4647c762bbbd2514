#include "base/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace hubwarden {
namespace {

using namespace std::chrono_literals;

constexpr Backoff kBackoff = {500ms, 30s};

Duration longest_pause(int failures) {
  SeededRandom random(1);
  Duration longest{};
  for (int i = 0; i < 2000; ++i) longest = std::max(longest, kBackoff.pause(failures, random));
  return longest;
}

TEST(Backoff, DoublesItsBoundUpToTheMost) {
  const std::pair<int, Duration> rows[] = {
      {1, 500ms}, {2, 1s}, {3, 2s}, {4, 4s}, {5, 8s}, {6, 16s}, {7, 30s}, {8, 30s}, {1000, 30s},
  };
  for (const auto& [failures, bound] : rows) {
    EXPECT_LT(longest_pause(failures), bound) << failures;
    EXPECT_GT(longest_pause(failures), bound * 99 / 100) << failures;
  }
}

TEST(Backoff, StaysWithinItsBoundHoweverOftenItFailed) {
  EXPECT_LT(longest_pause(std::numeric_limits<int>::max()), 30s);
}

TEST(Backoff, SpreadsThoseWhoFailedTogetherOverAllOfThePause) {
  SeededRandom random(1);
  int early = 0;
  for (int i = 0; i < 1000; ++i) early += kBackoff.pause(7, random) < 15s ? 1 : 0;
  EXPECT_NEAR(early, 500, 60);
}

}  // namespace
}  // namespace hubwarden
