#include "policy/budget.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/random.h"

namespace hubwarden::policy {
namespace {

using std::chrono::seconds;

constexpr SteadyPoint kStart{};
constexpr SteadyPoint kDeadline = kStart + seconds(60);

BudgetLimits limits(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes) {
  return BudgetLimits::make(concurrent, requests, bytes).value();
}

Result<Lease> read(const std::shared_ptr<Budget>& budget) {
  return budget->acquire(CallKind::kRead, kStart, kDeadline);
}

TEST(Lease, IsReleasedWhenItGoes) {
  const auto budget = Budget::make(limits(1, 10, 1000));
  {
    const Result<Lease> lease = read(budget);
    ASSERT_TRUE(lease);
    EXPECT_FALSE(read(budget));
  }
  EXPECT_EQ(budget->in_flight(), 0U);
  EXPECT_TRUE(read(budget));
}

TEST(Lease, IsReleasedOnceHoweverOftenItMovesAndIsTold) {
  const auto budget = Budget::make(limits(2, 10, 1000));
  Lease first = read(budget).value();
  Lease second = read(budget).value();
  Lease moved = std::move(first);
  EXPECT_EQ(budget->in_flight(), 2U);
  moved = std::move(second);  // what it held before is over
  EXPECT_EQ(budget->in_flight(), 1U);
  moved = std::move(moved);
  EXPECT_EQ(budget->in_flight(), 1U);
  moved.release();
  moved.release();
  moved.give_back();
  EXPECT_EQ(budget->in_flight(), 0U);
  EXPECT_EQ(budget->spent().requests, 2U);
}

TEST(Lease, GivesItsRequestBack) {
  const auto budget = Budget::make(limits(1, 1, 1000));
  read(budget)->give_back();
  EXPECT_EQ(budget->spent(), BudgetSpent(0, 0));
  EXPECT_TRUE(read(budget));
}

TEST(Lease, KeepsItsBudgetAlive) {
  auto budget = Budget::make(limits(1, 10, 1000));
  Lease lease = read(budget).value();
  budget.reset();
  EXPECT_TRUE(lease.spend(1000));
  EXPECT_FALSE(lease.spend(1));
}

TEST(LeaseDeathTest, IsNotSpentFromOnceItIsReleased) {
  const auto budget = Budget::make(limits(1, 10, 1000));
  Lease lease = read(budget).value();
  lease.release();
  EXPECT_DEATH((void)lease.spend(1), "check failed");
}

TEST(Budget, TellsOfTheFirstChangeAlone) {
  int told = 0;
  const auto budget = Budget::make(limits(8, 10, 1000), BudgetSpent(1, 2), [&told] { ++told; });
  EXPECT_EQ(budget->take_changed(), std::nullopt);
  Lease lease = read(budget).value();
  ASSERT_TRUE(lease.spend(40));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(budget->take_changed(), BudgetSpent(2, 42));
  EXPECT_EQ(budget->take_changed(), std::nullopt);
  EXPECT_FALSE(lease.spend(1000));
  lease.release();
  EXPECT_EQ(told, 1) << "nothing was spent";
  read(budget)->release();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(budget->take_changed(), BudgetSpent(3, 42));
}

// Calls on many threads, some of which give their slots back at once and some never: the counts that the
// calls themselves keep stay within the limits.
class Crowd {
 public:
  static constexpr std::uint64_t kSlots = 3;
  static constexpr std::uint64_t kRequests = 5000;
  static constexpr std::uint64_t kBytes = 2'000'000;

  void call_until_refused(std::uint64_t seed) {
    SeededRandom random(seed);
    for (;;) {
      Result<Lease> lease = read(budget_);
      if (!lease && lease.error().fix() == Fix::kCaller) return;
      if (!lease) continue;
      EXPECT_LE(in_flight_.fetch_add(1) + 1, kSlots);
      sent_.fetch_add(1);
      const std::uint64_t bytes = random.below(1000);
      if (lease->spend(bytes)) bytes_.fetch_add(bytes);
      in_flight_.fetch_sub(1);
    }
  }

  void check() {
    EXPECT_LE(sent_, kRequests);
    EXPECT_LE(bytes_, kBytes);
    EXPECT_EQ(budget_->spent(), BudgetSpent(sent_, bytes_));
    EXPECT_EQ(budget_->in_flight(), 0U);
  }

 private:
  std::shared_ptr<Budget> budget_ = Budget::make(limits(kSlots, kRequests, kBytes));
  std::atomic<std::uint64_t> in_flight_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
};

TEST(Budget, KeepsItsLimitsOnManyThreads) {
  Crowd crowd;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      threads.emplace_back([&crowd, seed] { crowd.call_until_refused(seed); });
    }
  }
  crowd.check();
}

}  // namespace
}  // namespace hubwarden::policy
