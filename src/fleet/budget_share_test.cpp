#include "fleet/budget_share.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/random.h"

namespace hubwarden::fleet {
namespace {

using policy::BudgetLimits;
using policy::BudgetSpent;

BudgetLimits limits(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes) {
  return BudgetLimits::make(concurrent, requests, bytes).value();
}

// All that can be had, one call after the other.
BudgetSpent all_of(BudgetShare share) {
  BudgetSpent had;
  for (;;) {
    const Result<std::uint64_t> granted = share.acquire(0);
    if (!granted) break;
    had.requests += 1;
    had.bytes += *granted;
  }
  for (;;) {
    const Result<std::uint64_t> granted = share.take(1, 1 << 20);
    if (!granted) break;
    had.bytes += *granted;
  }
  return had;
}

TEST(BudgetShare, IsAnEqualPartOfWhatIsLeftRoundedDown) {
  EXPECT_EQ(all_of(BudgetShare(limits(8, 100, 1 << 30), BudgetSpent(1, 0), 3)).requests, 33U);
  EXPECT_EQ(all_of(BudgetShare(limits(8, 100, 1001), BudgetSpent(0, 2), 2)).bytes, 499U);
  EXPECT_EQ(all_of(BudgetShare(limits(8, 100, 1000), BudgetSpent(99, 0), 2)).requests, 0U);
  EXPECT_EQ(all_of(BudgetShare(limits(8, 100, 1000), BudgetSpent(0, 5000), 2)), BudgetSpent(0, 0));
}

TEST(BudgetShare, HasOneCallAtATimeAtLeast) {
  BudgetShare share(limits(2, 100, 1 << 20), BudgetSpent(), 5);
  EXPECT_TRUE(share.acquire(0));
  const Result<std::uint64_t> second = share.acquire(1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(second.error().fix(), Fix::kWait) << "Redis comes back";
}

TEST(BudgetShare, TakesBackWhatWasNotUsed) {
  BudgetShare share(limits(1, 1, 1000), BudgetSpent(), 1);
  EXPECT_EQ(share.acquire(0).value(), 1000U);
  EXPECT_FALSE(share.take(1, 0));
  share.put_back(400);
  EXPECT_EQ(share.take(400, 0).value(), 400U);
  EXPECT_FALSE(share.acquire(0));
  share.give_back();
  share.put_back(1);
  EXPECT_TRUE(share.acquire(0));
}

TEST(BudgetShare, IsNeverUnlimitedWithoutAnyReplica) {
  EXPECT_EQ(all_of(BudgetShare(limits(8, 5, 1 << 20), BudgetSpent(), 0)).requests, 5U);
}

TEST(BudgetShare, AddsUpToNoMoreThanWasLeft) {
  SeededRandom random(1);
  for (int i = 0; i < 500; ++i) {
    const BudgetLimits all = limits(1 + random.below(20), 1 + random.below(200), 1 + random.below(100'000));
    const BudgetSpent taken(random.below(220), random.below(110'000));
    const std::uint64_t replicas = 1 + random.below(9);
    const BudgetSpent part = all_of(BudgetShare(all, taken, replicas));
    EXPECT_LE(part.requests * replicas, all.requests() - std::min(all.requests(), taken.requests));
    EXPECT_LE(part.bytes * replicas, all.bytes() - std::min(all.bytes(), taken.bytes));
  }
}

}  // namespace
}  // namespace hubwarden::fleet
