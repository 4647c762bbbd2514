#include "github/secondary_limit.h"

#include <gtest/gtest.h>

#include "github/answers.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;

class SecondaryLimitTest : public ::testing::Test {
 protected:
  void wait(Duration by) { now = after(now, by); }
  bool is_closed() const { return limit.closed_until(now).has_value(); }
  SecondaryLimit::Ticket send() {
    EXPECT_FALSE(is_closed());
    EXPECT_FALSE(limit.must_wait(now));
    return limit.sent(now);
  }
  // The wait that a further limit of GitHub's comes to.
  Duration limited(std::chrono::seconds wait) {
    limit.limited(send(), wait, now);
    const SteadyPoint until = limit.closed_until(now).value_or(now);
    const Duration closed_for = until - now;
    now = until;
    return closed_for;
  }

  SteadyPoint now = after(SteadyPoint{}, 1h);
  SecondaryLimit limit;
};

TEST_F(SecondaryLimitTest, IsOpenUntilGitHubSaysOtherwise) {
  for (int i = 0; i < 100; ++i) limit.passed(send());
  send();
  send();
}

TEST_F(SecondaryLimitTest, ClosesForAsLongAsGitHubSays) {
  limit.limited(send(), 37s, now);
  wait(37s - 1ns);
  EXPECT_TRUE(is_closed());
  wait(1ns);
  EXPECT_FALSE(is_closed());
}

TEST_F(SecondaryLimitTest, DoublesUpToAnHourAndBeginsAnewAfterASuccess) {
  for (const Duration expected : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
    EXPECT_EQ(limited(60s), expected);
  }
  limit.passed(send());
  EXPECT_EQ(limited(60s), 1min);
}

TEST_F(SecondaryLimitTest, TakesALongerWaitThatGitHubNames) {
  EXPECT_EQ(limited(5s), 5s);
  EXPECT_EQ(limited(5s), 10s);
  EXPECT_EQ(limited(300s), 300s);
  EXPECT_EQ(limited(std::chrono::seconds(24h)), kLongestWait);
}

TEST_F(SecondaryLimitTest, TakesWhatWasUnderWayForOneLimitAndNotForManyInARow) {
  const auto first = send();
  const auto second = send();
  const auto third = send();
  limit.limited(first, 60s, now);
  wait(1s);
  limit.limited(second, 60s, now);
  EXPECT_EQ(limit.closed_until(now), after(now, 60s));
  limit.passed(third);  // it was let in before the limit
  EXPECT_TRUE(is_closed());
  wait(60s);
  EXPECT_EQ(limited(60s), 2min);
}

TEST_F(SecondaryLimitTest, LetsOneThroughFirstAndAllWhenThatOneIsTaken) {
  limited(60s);
  const auto trial = send();
  EXPECT_TRUE(limit.must_wait(now));
  limit.passed(trial);
  send();
  send();
}

TEST_F(SecondaryLimitTest, LetsTheNextOneTryWhenTheTrialHasNoAnswer) {
  limited(60s);
  limit.lost(send());
  send();
  EXPECT_TRUE(limit.must_wait(now));
  wait(SecondaryLimit::kPatience);
  send();
}

TEST_F(SecondaryLimitTest, StaysOutOfTheWayOfAnAnswerThatComesWhenAllIsOver) {
  const auto slow = send();
  limited(60s);
  limit.passed(send());
  limit.limited(slow, 60s, now);
  EXPECT_FALSE(is_closed());
  limit.lost(slow);
  send();
}

}  // namespace
}  // namespace hubwarden::github
