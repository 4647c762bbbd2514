#include "ledger/retention.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ledger/ledger_fixture.h"
#include "obs/capturing_log.h"
#include "store/fake_ledger_records.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::ledger {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::VirtualTime;

constexpr Duration kKeep = days(90);

class RetentionTest : public ::testing::Test {
 protected:
  void write(Chain& chain, std::vector<Body> bodies) {
    ASSERT_TRUE(time_.run(records_.append(chain.extend(bodies))));
  }
  void start(Chain& chain) {
    const auto known = time_.run(records_.ledger_heads(10)).value();
    std::vector<LedgerHead> heads = known;
    std::ranges::sort(heads, {}, &LedgerHead::replica);
    write(chain, {ChainStarted(now(), heads)});
  }
  TimePoint now() { return time_.clock().now(); }
  // Everything that there is, statements among it.
  Report check() const {
    std::string text = records_.text();
    for (const auto& [replica, beginning] : records_.stated) text += beginning.statement;
    return verified(text);
  }
  void prune_all() {
    for (;;) {
      const Result<bool> has_more = time_.run(retention_.prune());
      ASSERT_TRUE(has_more);
      if (!*has_more) return;
    }
  }

  VirtualTime time_{kNoon};
  obs::CapturingLog log_;
  store::FakeLedgerRecords records_;
  Retention retention_{{records_, test_key(), time_.clock(), time_, log_}, kKeep};
};

TEST_F(RetentionTest, DeletesWhatIsOldAndSignsForIt) {
  Chain chain(ReplicaId(7), test_key());
  start(chain);
  for (int day = 0; day < 100; ++day) {
    write(chain, {plain_event(now())});
    time_.advance(days(1));
  }
  prune_all();
  EXPECT_EQ(records_.all.size(), 90U);
  const Report report = check();
  EXPECT_FALSE(report.problem) << report.problem->text;
  EXPECT_EQ(report.events, 90U);
  records_.stated.clear();
  EXPECT_TRUE(check().problem);
}

TEST_F(RetentionTest, DeletesNothingThatIsYoung) {
  Chain chain(ReplicaId(7), test_key());
  start(chain);
  time_.advance(days(89));
  prune_all();
  EXPECT_EQ(records_.all.size(), 1U);
  EXPECT_TRUE(records_.stated.empty());
}

// Chains come and go for two years; at every moment what is left verifies, and what it takes stays bounded.
TEST_F(RetentionTest, LeavesAWholeLedgerAtEveryMoment) {
  SeededRandom random(1);
  std::vector<Chain> running;
  std::size_t most_statements = 0;
  for (int day = 0; day < 730; ++day) {
    if (running.size() < 3 && random.below(3) == 0) {
      running.emplace_back(ReplicaId(random.next()), test_key());
      start(running.back());
    }
    for (std::size_t i = 0; i < running.size(); ++i) {
      // Some are idle for long.
      if (random.below(20) == 0) write(running[i], {plain_event(now())});
      if (random.below(60) == 0) running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    time_.advance(days(1));
    prune_all();
    const Report report = check();
    ASSERT_FALSE(report.problem) << "day " << day << ": " << report.problem->text;
    most_statements = std::max(most_statements, records_.stated.size());
  }
  EXPECT_GT(most_statements, 5U);
  EXPECT_LT(records_.stated.size(), 90U);
}

TEST_F(RetentionTest, DoesItByItselfAndStops) {
  Chain chain(ReplicaId(7), test_key());
  start(chain);
  time_.spawn(retention_.run());
  time_.advance(kKeep + hours(1));
  EXPECT_TRUE(records_.all.empty());
  time_.run(retention_.stop());
}

TEST_F(RetentionTest, TriesAgainWhenTheRecordsAreBack) {
  Chain chain(ReplicaId(7), test_key());
  start(chain);
  records_.failure = Error(ErrorCode::kUnavailable, "away");
  time_.spawn(retention_.run());
  time_.advance(kKeep + hours(1));
  EXPECT_GT(log_.count("ledger.retention_failed"), 1U);
  records_.failure.reset();
  time_.advance(hours(1));
  EXPECT_TRUE(records_.all.empty());
  time_.run(retention_.stop());
}

}  // namespace
}  // namespace hubwarden::ledger
