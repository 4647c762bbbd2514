#include "delivery/operations/attempts.h"

#include <gtest/gtest.h>

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using Next = Attempts::Next;

const SteadyPoint kNow{1h};

Error answered(ErrorCode code, int status) {
  return Error(code, "no").with_upstream_status(status);
}
std::optional<Duration> mature(int) {
  return std::nullopt;
}
// As of a token that was minted just now.
std::optional<Duration> young(int attempt) {
  return attempt <= 4 ? std::optional<Duration>(250ms * (1 << (attempt - 1))) : std::nullopt;
}

class AttemptsTest : public ::testing::Test {
 protected:
  Attempts::Step refused(Attempts& attempts, const Error& error, const Attempts::LagPause& lag = mature) {
    return attempts.refused(error, lag, kNow, random_);
  }
  SeededRandom random_{1};
};

TEST_F(AttemptsTest, GiveAYoungTokenTimeBeforeConcludingAnything) {
  for (const Error& error :
       {answered(ErrorCode::kUpstreamAuth, 401), answered(ErrorCode::kPermissionNotGranted, 403),
        answered(ErrorCode::kNotFound, 404)}) {
    Attempts attempts(http::Method::kPost, kNow + 25s);
    for (const Duration pause : {250ms, 500ms, 1000ms, 2000ms}) {
      const Attempts::Step step = refused(attempts, error, young);
      EXPECT_EQ(step.next, Next::kRepeat) << error.upstream_status().value_or(0);
      EXPECT_EQ(step.pause, pause);
    }
    EXPECT_NE(refused(attempts, error, young).next, Next::kRepeat);
  }
}

TEST_F(AttemptsTest, TakeANewTokenOnceForADeadOneEvenForAWrite) {
  Attempts attempts(http::Method::kPost, kNow + 25s);
  const Error dead = answered(ErrorCode::kUpstreamAuth, 401);
  const Attempts::Step first = refused(attempts, dead);
  EXPECT_EQ(first.next, Next::kRepeatWithNewToken);
  EXPECT_EQ(first.pause, Duration::zero());
  EXPECT_EQ(refused(attempts, dead).next, Next::kGiveUp);
}

TEST_F(AttemptsTest, SitOutTroubleForReadsAlone) {
  const Error trouble = answered(ErrorCode::kUpstreamUnavailable, 502);
  Attempts reads(http::Method::kGet, kNow + 25s);
  EXPECT_EQ(refused(reads, trouble).next, Next::kRepeat);
  Attempts writes(http::Method::kPost, kNow + 25s);
  EXPECT_EQ(refused(writes, trouble).next, Next::kGiveUp);
  const Error unsent = Error(ErrorCode::kUpstreamUnavailable, "cannot connect").with_never_sent();
  EXPECT_EQ(refused(writes, unsent).next, Next::kRepeat);
}

TEST_F(AttemptsTest, BelieveEverythingElse) {
  Attempts attempts(http::Method::kGet, kNow + 25s);
  for (const Error& error :
       {answered(ErrorCode::kNotFound, 404), answered(ErrorCode::kPermissionNotGranted, 403),
        answered(ErrorCode::kRateLimited, 429), answered(ErrorCode::kInvalidRequest, 422)}) {
    EXPECT_EQ(refused(attempts, error).next, Next::kGiveUp) << error.upstream_status().value_or(0);
  }
}

TEST_F(AttemptsTest, DoNotOutliveTheDeadline) {
  Attempts attempts(http::Method::kGet, kNow + 300ms);
  EXPECT_EQ(refused(attempts, answered(ErrorCode::kNotFound, 404), young).next, Next::kGiveUp);
}

}  // namespace
}  // namespace hubwarden::delivery
