#include "github/rate_bucket.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "github/answers.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using Verdict = RateBucket::Verdict;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

// So told, a window is over after an hour.
const TimePoint kReset = kStart + 1h - RateBucket::kRounding;

class RateBucketTest : public ::testing::Test {
 protected:
  Moment now() const { return Moment(clock); }
  Verdict verdict(Urgency urgency = Urgency::kForeground) { return bucket.verdict(now(), urgency); }
  RateBucket::Ticket send() {
    EXPECT_EQ(verdict(), Verdict::kAdmit);
    return bucket.sent(now());
  }
  std::vector<RateBucket::Ticket> send(int count) {
    std::vector<RateBucket::Ticket> tickets;
    for (int i = 0; i < count; ++i) tickets.push_back(send());
    return tickets;
  }
  void answer(RateBucket::Ticket ticket, std::uint64_t remaining, TimePoint reset = kReset) {
    bucket.answered(ticket, seen(remaining, reset), now());
  }
  static RateLimit seen(std::uint64_t remaining, TimePoint reset = kReset) {
    RateLimit limit;
    limit.limit = 5000;
    limit.remaining = remaining;
    limit.reset = reset;
    limit.resource = "core";
    return limit;
  }
  SteadyPoint steady(Duration from_start) const { return after(SteadyPoint{}, from_start); }

  ManualClock clock{kStart};
  RateBucket bucket;
};

TEST_F(RateBucketTest, LetsOneOutUntilAnAnswerTellsHowManyAreLeft) {
  const auto first = send();
  EXPECT_EQ(verdict(), Verdict::kWait);
  answer(first, 40);
  EXPECT_EQ(bucket.left(now()), 40u);
  send(40);
  EXPECT_EQ(verdict(), Verdict::kUsedUp);
  EXPECT_EQ(bucket.closed_until(now()), steady(1h));
}

TEST_F(RateBucketTest, DoesNotSendTheHundredAndFirstOfAHundred) {
  answer(send(), 100);
  send(100);
  EXPECT_EQ(verdict(), Verdict::kUsedUp);
}

TEST_F(RateBucketTest, LetsTwiceAsManyOutAfterEachAnswerThatTellsNothing) {
  bucket.answered(send(), std::nullopt, now());
  const auto two = send(2);
  EXPECT_EQ(verdict(), Verdict::kWait);
  bucket.lost(two[0]);
  send(3);  // four at once, one of them still of the two
  EXPECT_EQ(verdict(), Verdict::kWait);
}

TEST_F(RateBucketTest, NeverHoldsAServerWithoutLimitsBackForLong) {
  for (int i = 0; i < 7; ++i) bucket.answered(send(), std::nullopt, now());
  send(100);
  EXPECT_EQ(bucket.left(now()), std::nullopt);
}

TEST_F(RateBucketTest, LetsAnotherOutWhenTheFirstHangs) {
  send();
  clock.advance(RateBucket::kPatience - 1ms);
  EXPECT_EQ(verdict(), Verdict::kWait);
  EXPECT_EQ(bucket.look_again_at(), steady(RateBucket::kPatience));
  clock.advance(1ms);
  send();
  EXPECT_EQ(verdict(), Verdict::kWait);
}

TEST_F(RateBucketTest, OpensForAllWithinSecondsWhenNothingIsAnswered) {
  int out = 0;
  for (int second = 0; second < 8; ++second) {
    for (; verdict() == Verdict::kAdmit && out < 200; ++out) bucket.sent(now());
    clock.advance(RateBucket::kPatience);
  }
  EXPECT_GE(out, 100);
}

TEST_F(RateBucketTest, KeepsTheLowestNumberOfAWindowWhateverOrderAnswersComeIn) {
  answer(send(), 100);
  const auto tickets = send(50);
  answer(tickets[49], 50);  // the last one that GitHub counted
  EXPECT_EQ(bucket.left(now()), 50u);
  for (std::size_t i = 0; i < 49; ++i) answer(tickets[i], 99 - i);
  EXPECT_EQ(bucket.left(now()), 50u);
}

TEST_F(RateBucketTest, LearnsWhatOthersOfTheSameInstallationUse) {
  answer(send(), 100);
  answer(send(), 59);
  EXPECT_EQ(bucket.left(now()), 59u);
  answer(send(), 90);  // an older answer
  EXPECT_EQ(bucket.left(now()), 58u);
}

TEST_F(RateBucketTest, DoesNotCountWhatGitHubDoesNotCount) {
  answer(send(), 100);
  bucket.not_counted(send());
  EXPECT_EQ(bucket.left(now()), 100u);
  bucket.lost(send());
  EXPECT_EQ(bucket.left(now()), 99u);
}

TEST_F(RateBucketTest, OpensAgainForTheOneThatGitHubDidNotCount) {
  answer(send(), 1);
  const auto last = send();
  EXPECT_EQ(verdict(), Verdict::kUsedUp);
  bucket.not_counted(last);
  EXPECT_EQ(verdict(), Verdict::kAdmit);
}

TEST_F(RateBucketTest, ProbesAgainWhenTheWindowIsOver) {
  answer(send(), 0);
  clock.advance(1h - 1ns);
  EXPECT_EQ(verdict(), Verdict::kUsedUp);
  clock.advance(1ns);
  const auto first = send();
  EXPECT_EQ(verdict(), Verdict::kWait);
  answer(first, 4999, kStart + 2h);
  EXPECT_EQ(bucket.left(now()), 4999u);
}

TEST_F(RateBucketTest, BeginsANewWindowWithWhatIsUnderWayTakenOff) {
  answer(send(), 100);
  const auto tickets = send(10);
  answer(tickets[0], 4999, kStart + 2h);
  EXPECT_EQ(bucket.left(now()), 4990u);
  answer(tickets[1], 4998, kStart + 2h);
  EXPECT_EQ(bucket.left(now()), 4990u);
  answer(tickets[2], 90);  // counted in the window before: its share of the new one is free again
  EXPECT_EQ(bucket.left(now()), 4991u);
}

TEST_F(RateBucketTest, TakesAResetThatJittersForTheSameWindow) {
  answer(send(), 100);
  answer(send(), 99, kReset + 1s);
  answer(send(), 98, kReset - 1s);
  EXPECT_EQ(bucket.left(now()), 98u);
  answer(send(), 4000, kReset + 2s);
  EXPECT_EQ(bucket.left(now()), 97u);
}

TEST_F(RateBucketTest, IgnoresAnAnswerOfAWindowThatIsOver) {
  const auto slow = send();
  clock.advance(2s);
  const auto other = send();
  clock.advance(58s);
  answer(slow, 0, kStart + 50s);
  EXPECT_EQ(bucket.left(now()), std::nullopt);
  answer(other, 77);
  EXPECT_EQ(bucket.left(now()), 77u);
}

TEST_F(RateBucketTest, ClosesForAsLongAsGitHubSaysEvenWithoutFields) {
  answer(send(), 500);
  const auto refused = send();
  bucket.answered(refused, std::nullopt, now());
  bucket.limited(std::nullopt, steady(60s), now());
  EXPECT_EQ(verdict(), Verdict::kUsedUp);
  EXPECT_EQ(bucket.closed_until(now()), steady(60s));
  clock.advance(60s);
  send();
  EXPECT_EQ(verdict(), Verdict::kWait);
}

TEST_F(RateBucketTest, StaysClosedUntilTheResetThoughRetryAfterIsSooner) {
  answer(send(), 0);
  bucket.limited(seen(0), steady(37s), now());
  EXPECT_EQ(bucket.closed_until(now()), steady(1h));
}

TEST_F(RateBucketTest, IgnoresALimitOfTheWindowBefore) {
  answer(send(), 100);
  const auto late = send();
  answer(send(), 4999, kStart + 2h);
  bucket.answered(late, seen(0), now());
  bucket.limited(seen(0), steady(1h), now());
  EXPECT_EQ(verdict(), Verdict::kAdmit);
}

TEST_F(RateBucketTest, KeepsATenthForCallers) {
  answer(send(), 501);
  EXPECT_EQ(verdict(Urgency::kBackground), Verdict::kAdmit);
  answer(send(), 499);
  EXPECT_EQ(verdict(Urgency::kBackground), Verdict::kReserved);
  EXPECT_EQ(bucket.reserved_until(now()), steady(1h));
  EXPECT_EQ(verdict(), Verdict::kAdmit);
}

TEST_F(RateBucketTest, WaitsNoLongerThanGitHubsWindowForAnAbsurdReset) {
  answer(send(), 0, kStart + 24h * 365);
  EXPECT_EQ(bucket.closed_until(now()), steady(kLongestWait + RateBucket::kRounding));
}

// GitHub counts in its own order, loses answers, and other clients use the same installation.
class ScriptedGitHub {
 public:
  explicit ScriptedGitHub(std::uint64_t limit) : limit_(limit) {}
  // What is left, or nothing: refused.
  std::optional<RateLimit> count(TimePoint now) {
    if (now >= reset_) {
      reset_ = now + 1min;
      used_ = 0;
    }
    RateLimit seen;
    seen.limit = limit_;
    seen.reset = reset_;
    seen.resource = "search";
    if (used_ >= limit_) return std::nullopt;
    seen.remaining = limit_ - ++used_;
    return seen;
  }

 private:
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  TimePoint reset_{};
};

// Alone with its installation, not one request too many goes out, in whatever order GitHub sees them and
// answers come back; and nearly all that may go out does.
TEST(RateBucketProperty, SendsNearlyAllThatGitHubTakesAndNotOneMore) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const auto one_in = [&random](unsigned n) { return random() % n == 0; };
    ManualClock clock(kStart);
    RateBucket bucket;
    ScriptedGitHub github(30);
    std::vector<RateBucket::Ticket> sent;                                // not yet seen by GitHub
    std::vector<std::pair<RateBucket::Ticket, RateLimit>> on_their_way;  // answers
    int counted = 0;
    for (int step = 0; step < 6000; ++step) {
      const Moment now(clock);
      if (sent.size() < 8 && !one_in(3) && bucket.verdict(now, Urgency::kForeground) == Verdict::kAdmit) {
        sent.push_back(bucket.sent(now));
      }
      if (!sent.empty() && !one_in(3)) {
        std::swap(sent[random() % sent.size()], sent.back());
        const auto seen = github.count(clock.now());
        ASSERT_TRUE(seen) << "seed " << seed << " step " << step;
        ++counted;
        on_their_way.emplace_back(sent.back(), *seen);
        sent.pop_back();
      }
      if (!on_their_way.empty() && !one_in(3)) {
        std::swap(on_their_way[random() % on_their_way.size()], on_their_way.back());
        const auto& [ticket, seen] = on_their_way.back();
        one_in(20) ? bucket.lost(ticket) : bucket.answered(ticket, seen, now);
        on_their_way.pop_back();
      }
      clock.advance(100ms);
    }
    EXPECT_GT(counted, 10 * 30 * 9 / 10);  // ten windows
  }
}

}  // namespace
}  // namespace hubwarden::github
