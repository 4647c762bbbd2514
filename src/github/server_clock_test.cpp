#include "github/server_clock.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time_text.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = *parse_rfc3339("2026-11-22T12:00:00Z");

http::Fields dated(TimePoint date) {
  http::Fields fields;
  fields.add("date", http_date(date));
  return fields;
}

TEST(ServerClock, FollowsTheLocalClockUntilItHasSeenADate) {
  ManualClock local(kStart);
  const ServerClock clock(local);
  EXPECT_EQ(clock.now(), kStart);
  local.advance(5s);
  EXPECT_EQ(clock.now(), kStart + 5s);
  EXPECT_EQ(clock.steady_now(), local.steady_now());
}

TEST(ServerClock, LearnsHowFarTheLocalClockIsOff) {
  for (const Duration off : {Duration(-2h), Duration(-90s), Duration(90s), Duration(2h)}) {
    ManualClock local(kStart);
    ServerClock clock(local);
    EXPECT_TRUE(clock.observe(dated(kStart + std::chrono::duration_cast<std::chrono::seconds>(off)), 100ms));
    EXPECT_LE(std::chrono::abs(clock.skew() - off), 1100ms);
    local.advance(1h);
    EXPECT_LE(std::chrono::abs(clock.now() - (kStart + 1h + off)), 1100ms);
  }
}

TEST(ServerClock, StaysStillWhileTheDateAllowsIt) {
  ManualClock local(kStart + 700ms);
  ServerClock clock(local);
  EXPECT_TRUE(clock.observe(dated(kStart), 50ms));        // truncated to the second
  EXPECT_TRUE(clock.observe(dated(kStart - 5s), 6s));     // written early in a slow request
  EXPECT_TRUE(clock.observe(dated(kStart + 1s), 500ms));  // nearer than a second
  EXPECT_LE(clock.skew(), 300ms);
  EXPECT_GE(clock.skew(), 0ms);
}

TEST(ServerClock, MovesNoFurtherThanASlowAnswerProves) {
  ManualClock local(kStart);
  ServerClock clock(local);
  // The date is 20 s behind; the request took 15 s: only 4 s are certain.
  EXPECT_TRUE(clock.observe(dated(kStart - 20s), 15s));
  EXPECT_EQ(clock.skew(), -4s);
  EXPECT_TRUE(clock.observe(dated(kStart - 20s), 0s));
  EXPECT_EQ(clock.skew(), -19s);
}

TEST(ServerClock, CorrectsItselfAfterTheLocalClockWasSet) {
  ManualClock local(kStart);
  ServerClock clock(local);
  EXPECT_TRUE(clock.observe(dated(kStart + 300s), 0s));
  local.jump(300s);
  EXPECT_TRUE(clock.observe(dated(kStart + 300s), 0s));
  EXPECT_LE(std::chrono::abs(clock.now() - (kStart + 300s)), 1s);
}

TEST(ServerClock, DoesNotGoBackWithALocalClockThatIsSetBack) {
  ManualClock local(kStart);
  ServerClock clock(local);
  EXPECT_TRUE(clock.observe(dated(kStart), 0s));
  local.advance(10min);
  local.jump(-5min);
  EXPECT_GE(clock.now(), kStart + 10min);
  EXPECT_LE(clock.now(), kStart + 10min + 1s);
}

TEST(ServerClock, BelievesALocalClockThatIsSetForwardUntilTheNextAnswer) {
  ManualClock local(kStart);
  ServerClock clock(local);
  EXPECT_TRUE(clock.observe(dated(kStart), 0s));
  local.jump(5min);
  EXPECT_GE(clock.now(), kStart + 5min);
  EXPECT_TRUE(clock.observe(dated(kStart), 0s));
  EXPECT_LE(clock.now(), kStart + 1s);
}

TEST(ServerClock, TellsOfAClockThatWasSetAndNotOfOneThatDrifts) {
  ManualClock local(kStart);
  std::vector<Duration> told;
  ServerClock clock(local, [&told](Duration by) { told.push_back(by); });
  clock.observe(dated(kStart + 3s), 0s);
  EXPECT_TRUE(told.empty());
  local.jump(-5min);
  clock.observe(dated(kStart + 3s), 0s);
  clock.observe(dated(kStart + 3s), 0s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front(), 5min);
}

TEST(ServerClock, IgnoresAnswersThatProveNothing) {
  ManualClock local(kStart);
  ServerClock clock(local);
  http::Fields cached = dated(kStart - 600s);
  cached.add("Age", "600");
  http::Fields garbage;
  garbage.add("Date", "yesterday");
  EXPECT_FALSE(clock.observe(http::Fields(), 0s));
  EXPECT_FALSE(clock.observe(garbage, 0s));
  EXPECT_FALSE(clock.observe(cached, 0s));
  EXPECT_FALSE(clock.observe(dated(kStart + 25h), 0s));
  EXPECT_FALSE(clock.observe(dated(kStart - 25h), 0s));
  EXPECT_FALSE(clock.observe(dated(*parse_rfc3339("1970-01-01T00:00:00Z")), 0s));
  EXPECT_FALSE(clock.observe(dated(kStart + 100s), 31s));
  EXPECT_FALSE(clock.observe(dated(kStart + 100s), -1s));
  http::Fields absurd;
  absurd.add("Date", "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_FALSE(clock.observe(absurd, 0s));
  EXPECT_EQ(clock.skew(), 0s);
}

}  // namespace
}  // namespace hubwarden::github
