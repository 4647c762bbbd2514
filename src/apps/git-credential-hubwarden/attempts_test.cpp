#include "apps/git-credential-hubwarden/attempts.h"

#include <gtest/gtest.h>

#include <vector>

namespace hubwarden::git_credential {
namespace {

using namespace std::chrono_literals;

constexpr SteadyPoint kStart{};

Error away() {
  return Error(ErrorCode::kUnavailable, "connect: Connection refused");
}

// Every attempt fails at once with `failure`; the pauses that were made.
std::vector<Duration> pauses(Attempts attempts, const Error& failure) {
  SeededRandom random(3);
  ManualClock clock(TimePoint{});
  std::vector<Duration> made;
  while (const auto again = attempts.next(failure, clock.steady_now(), random)) {
    made.push_back(*again - clock.steady_now());
    clock.advance(made.back());
  }
  return made;
}

TEST(Attempts, ComeLessAndLessOftenAndEndWithinGitsPatience) {
  const auto made = pauses(Attempts(Patience(), kStart, Attempts::Fallback::kNone), away());
  ASSERT_GE(made.size(), 6U);
  EXPECT_LE(made.size(), 14U);
  Duration total{};
  Duration longest = 100ms;
  for (const Duration pause : made) {
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest = std::min<Duration>(longest * 2, 2s);
    total += pause;
  }
  EXPECT_LE(total, 10s);
}

TEST(Attempts, AreOneWhenThereIsATokenToFallBackTo) {
  const Attempts attempts(Patience(), kStart, Attempts::Fallback::kAtHand);
  EXPECT_EQ(attempts.deadline(), kStart + 3s);
  EXPECT_TRUE(pauses(attempts, away()).empty());
}

TEST(Attempts, AreNotRepeatedForWhatDoesNotPass) {
  for (const ErrorCode code :
       {ErrorCode::kUnauthenticated, ErrorCode::kForbidden, ErrorCode::kAppNotInstalled,
        ErrorCode::kInstallationSuspended, ErrorCode::kUpstreamProtocol, ErrorCode::kInternal}) {
    EXPECT_TRUE(pauses(Attempts(Patience(), kStart, Attempts::Fallback::kNone), Error(code, "")).empty());
  }
}

TEST(Attempts, KeepToTheWaitThatHubwardenAsksFor) {
  const auto short_wait =
      pauses(Attempts(Patience(), kStart, Attempts::Fallback::kNone), away().with_retry_after(4s));
  EXPECT_EQ(short_wait, (std::vector<Duration>{4s, 4s}));
  const auto long_wait =
      pauses(Attempts(Patience(), kStart, Attempts::Fallback::kNone), away().with_retry_after(37s));
  EXPECT_TRUE(long_wait.empty());
}

TEST(Attempts, StopAfterOneThatUsedUpTheTime) {
  SeededRandom random(1);
  Attempts attempts(Patience(), kStart, Attempts::Fallback::kNone);
  EXPECT_FALSE(attempts.next(away(), kStart + 10s, random));
}

}  // namespace
}  // namespace hubwarden::git_credential
