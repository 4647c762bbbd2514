#include "tokens/freshness.h"

#include <gtest/gtest.h>

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

Freshness of_hour_token(Duration remaining, Duration min_ttl = 0s) {
  return freshness({kStart, kStart + 1h},
                   kStart + 1h - std::chrono::duration_cast<TimePoint::duration>(remaining), Thresholds{},
                   min_ttl);
}

struct Row {
  Duration remaining;
  Duration min_ttl;
  Freshness expected;
};

TEST(Freshness, FollowsTheThresholdTable) {
  const Row rows[] = {
      {1h, 0s, Freshness::kFresh},
      {10min, 0s, Freshness::kFresh},
      {10min - 1ms, 0s, Freshness::kRefreshAhead},
      {5min, 0s, Freshness::kRefreshAhead},
      {5min - 1ms, 0s, Freshness::kRefreshFirst},
      {60s, 0s, Freshness::kRefreshFirst},
      {60s - 1ms, 0s, Freshness::kDead},
      {0s, 0s, Freshness::kDead},
      {-1h, 0s, Freshness::kDead},
      // A caller that wants more.
      {20min, 20min, Freshness::kFresh},
      {20min - 1ms, 20min, Freshness::kRefreshFirst},
      {7min, 2min, Freshness::kRefreshAhead},
      // No wish goes beyond 55 minutes.
      {55min, 10h, Freshness::kFresh},
      {55min - 1ms, 10h, Freshness::kRefreshFirst},
      {30s, 20min, Freshness::kDead},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(of_hour_token(row.remaining, row.min_ttl), row.expected)
        << row.remaining.count() << " ns left, " << row.min_ttl.count() << " ns wished";
  }
}

TEST(Freshness, ScalesTheThresholdsOfAShortLivedToken) {
  const Thresholds scaled = Thresholds{}.scaled_to(30s);
  EXPECT_EQ(scaled.refresh_ahead, 10s);
  EXPECT_EQ(scaled.refresh_before_use, 5s);
  EXPECT_EQ(scaled.floor, 1s);
}

TEST(Freshness, KeepsTheConfiguredThresholdsOfALongLivedToken) {
  const Thresholds scaled = Thresholds{}.scaled_to(1h);
  EXPECT_EQ(scaled.refresh_ahead, 10min);
  EXPECT_EQ(scaled.refresh_before_use, 5min);
  EXPECT_EQ(scaled.floor, 60s);
}

TEST(Freshness, SatisfiesEveryWishWithATokenThatWasJustMinted) {
  for (const Duration lifetime : {Duration(20s), Duration(10min), Duration(1h)}) {
    const auto end = kStart + std::chrono::duration_cast<TimePoint::duration>(lifetime);
    EXPECT_EQ(freshness({kStart, end}, kStart, Thresholds{}, 10h), Freshness::kFresh);
  }
}

TEST(Freshness, NeverRefreshesWhatNeverExpires) {
  EXPECT_EQ(freshness({kStart, TimePoint::max()}, kStart + 1000h, Thresholds{}, 55min), Freshness::kFresh);
}

TEST(RefreshAhead, SpreadsByATenthBothWays) {
  EXPECT_EQ(refresh_ahead_with_jitter(10min, 0.0), 9min);
  EXPECT_EQ(refresh_ahead_with_jitter(10min, 0.5), 10min);
  EXPECT_LT(refresh_ahead_with_jitter(10min, 0.999), 11min);
}

TEST(ReplicationPause, GrowsWhileTheTokenIsYoungAndThenBelievesTheAnswer) {
  EXPECT_EQ(replication_pause(0s, 1), 250ms);
  EXPECT_EQ(replication_pause(1s, 2), 500ms);
  EXPECT_EQ(replication_pause(2s, 3), 1s);
  EXPECT_EQ(replication_pause(3s, 4), 2s);
  EXPECT_EQ(replication_pause(9s, 9), 2s);
  EXPECT_EQ(replication_pause(10s, 1), std::nullopt);
}

}  // namespace
}  // namespace hubwarden::tokens
