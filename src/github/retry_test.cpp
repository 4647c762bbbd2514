#include "github/retry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "github/moment.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using http::Method;

constexpr SteadyPoint kNow{std::chrono::hours(1)};

Error answered(ErrorCode code, int status) {
  return Error(code, "").with_upstream_status(status);
}
Error lost(ErrorCode code) {
  return Error(code, "");
}
Error never_sent(ErrorCode code) {
  return Error(code, "").with_never_sent();
}

std::optional<Duration> pause(Method method, int number, const Error& error, Duration left = 30s) {
  SeededRandom random(7);
  return pause_before_retry(FailedAttempt(method, number, error, kNow, after(kNow, left)), random);
}

TEST(Retry, RepeatsReadsAfterTroubleAndWritesOnlyWhenGitHubDidNotAct) {
  const Error trouble = answered(ErrorCode::kUpstreamUnavailable, 502);
  const Error no_answer = lost(ErrorCode::kUpstreamUnavailable);
  const Error not_connected = never_sent(ErrorCode::kUpstreamUnavailable);
  const Error too_late = lost(ErrorCode::kUpstreamTimeout);
  const Error cut = lost(ErrorCode::kUpstreamProtocol);
  const Error dead_token = answered(ErrorCode::kUpstreamAuth, 401);
  const struct {
    std::string_view what;
    const Error& error;
    int reads;  // attempts in all
    int writes;
  } cases[] = {
      {"502", trouble, kMaxAttempts, 1},
      {"connection lost", no_answer, kMaxAttempts, 1},
      {"not connected", not_connected, kMaxAttempts, kMaxAttempts},
      {"no answer in time", too_late, kMaxAttempts, 1},
      {"connected in time to nobody", never_sent(ErrorCode::kUpstreamTimeout), kMaxAttempts, kMaxAttempts},
      {"cut", cut, kMaxAttemptsWhenCut, 1},
      {"HTML", answered(ErrorCode::kUpstreamProtocol, 418), 1, 1},
      {"401", dead_token, kMaxAttempts, kMaxAttempts},
      {"primary limit", answered(ErrorCode::kRateLimited, 403), 1, 1},
      {"guard's refusal", lost(ErrorCode::kRateLimited), 1, 1},
      {"403", answered(ErrorCode::kPermissionNotGranted, 403), 1, 1},
      {"404", answered(ErrorCode::kNotFound, 404), 1, 1},
      {"409", answered(ErrorCode::kConflict, 409), 1, 1},
      {"422", answered(ErrorCode::kInvalidRequest, 422), 1, 1},
      {"no room in the client", never_sent(ErrorCode::kUnavailable), 1, 1},
      {"bug", lost(ErrorCode::kInternal), 1, 1},
  };
  const auto attempts = [](Method method, const Error& error) {
    int number = 1;
    while (number < 100 && pause(method, number, error)) ++number;
    return number;
  };
  for (const auto& c : cases) {
    EXPECT_EQ(attempts(Method::kGet, c.error), c.reads) << c.what;
    EXPECT_EQ(attempts(Method::kHead, c.error), c.reads) << c.what;
    for (const Method write : {Method::kPost, Method::kPut, Method::kPatch, Method::kDelete}) {
      EXPECT_EQ(attempts(write, c.error), c.writes) << c.what << http::to_string(write);
    }
  }
}

TEST(Retry, GivesARefusedTokenOneReplacement) {
  const Error dead_token = answered(ErrorCode::kUpstreamAuth, 401);
  SeededRandom random(7);
  FailedAttempt failed(Method::kPost, 1, dead_token, kNow, after(kNow, 30s));
  EXPECT_EQ(pause_before_retry(failed, random), Duration::zero());
  failed.number = 2;
  failed.is_with_new_token = true;
  EXPECT_EQ(pause_before_retry(failed, random), std::nullopt);
}

TEST(Retry, PausesLongerEachTimeAndNeverTwiceTheSame) {
  const Error trouble = answered(ErrorCode::kUpstreamUnavailable, 500);
  SeededRandom random(7);
  Duration longest[kMaxAttempts] = {};
  for (int round = 0; round < 1000; ++round) {
    for (int number = 1; number < kMaxAttempts; ++number) {
      const FailedAttempt failed(Method::kGet, number, trouble, kNow, after(kNow, 30s));
      longest[number] = std::max(longest[number], *pause_before_retry(failed, random));
    }
  }
  EXPECT_LE(longest[1], 400ms);
  EXPECT_GT(longest[1], 300ms);
  EXPECT_LE(longest[2], 800ms);
  EXPECT_GT(longest[2], 600ms);
  EXPECT_LE(longest[3], 1600ms);
  EXPECT_GT(longest[3], 1200ms);
}

TEST(Retry, WaitsAsLongAsMaintenanceLastsIfThatFits) {
  const Error maintenance =
      Error(ErrorCode::kUpstreamUnavailable, "").with_upstream_status(503).with_retry_after(5s);
  EXPECT_GE(pause(Method::kGet, 1, maintenance), 5s);
  EXPECT_EQ(pause(Method::kGet, 1, maintenance, 5s), std::nullopt);
}

TEST(Retry, BeginsNothingThatTheDeadlineWouldCut) {
  const Error trouble = answered(ErrorCode::kUpstreamUnavailable, 500);
  const Error dead_token = answered(ErrorCode::kUpstreamAuth, 401);
  for (const Duration left : {Duration(-1s), Duration(0s), Duration(kLeastAttempt - 1ns)}) {
    EXPECT_EQ(pause(Method::kGet, 1, trouble, left), std::nullopt);
    EXPECT_EQ(pause(Method::kGet, 1, dead_token, left), std::nullopt);
  }
  EXPECT_EQ(pause(Method::kGet, 1, dead_token, kLeastAttempt), Duration::zero());
}

}  // namespace
}  // namespace hubwarden::github
