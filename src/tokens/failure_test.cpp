#include "tokens/failure.h"

#include <gtest/gtest.h>

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;

TEST(Failure, GrowsItsPauseUpToHalfAMinuteForTroubleThatPasses) {
  SeededRandom random(1);
  const Duration most[] = {500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s};
  for (int i = 0; i < 9; ++i) {
    for (int tries = 0; tries < 50; ++tries) {
      const Failure failure(Error(ErrorCode::kUpstreamUnavailable, "away"), i + 1, SteadyPoint{}, random);
      EXPECT_LE(failure.not_before() - SteadyPoint{}, most[i]);
      EXPECT_GE(failure.not_before(), SteadyPoint{});
    }
  }
}

TEST(Failure, WaitsAsLongAsARateLimitSays) {
  SeededRandom random(1);
  const Failure named(Error(ErrorCode::kRateLimited, "limit").with_retry_after(37s), 5, SteadyPoint{},
                      random);
  EXPECT_EQ(named.not_before() - SteadyPoint{}, 37s);
  const Failure unnamed(Error(ErrorCode::kRateLimited, "limit"), 1, SteadyPoint{}, random);
  EXPECT_EQ(unnamed.not_before() - SteadyPoint{}, 60s);
}

TEST(Failure, WaitsAsLongAsMaintenanceSays) {
  SeededRandom random(1);
  const Error away = Error(ErrorCode::kUpstreamUnavailable, "maintenance").with_retry_after(120s);
  EXPECT_EQ(Failure(away, 1, SteadyPoint{}, random).not_before() - SteadyPoint{}, 120s);
}

TEST(Failure, TriesAgainHalfAMinuteAfterAClearNo) {
  SeededRandom random(1);
  for (const ErrorCode code : {ErrorCode::kUpstreamAuth, ErrorCode::kAppNotInstalled,
                               ErrorCode::kPermissionNotGranted, ErrorCode::kInstallationSuspended}) {
    EXPECT_EQ(Failure(Error(code, "no"), 3, SteadyPoint{}, random).not_before() - SteadyPoint{}, 30s);
  }
}

TEST(Failure, TellsHowLongToWaitStill) {
  SeededRandom random(1);
  const Failure failure(Error(ErrorCode::kAppNotInstalled, "no"), 1, SteadyPoint{}, random);
  EXPECT_EQ(failure.error(SteadyPoint{} + 10500ms).retry_after(), 20s);
  EXPECT_EQ(failure.error(SteadyPoint{} + 30s).retry_after(), 1s);
  EXPECT_TRUE(failure.is_over(SteadyPoint{} + 30s));
  EXPECT_FALSE(failure.is_over(SteadyPoint{} + 30s - 1ns));
}

}  // namespace
}  // namespace hubwarden::tokens
