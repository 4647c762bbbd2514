#include "auth/memory_budgets.h"

#include <utility>

#include "policy/budget.h"

namespace hubwarden::auth {
namespace {

class MemoryLease final : public CallLease {
 public:
  explicit MemoryLease(policy::Lease lease) : lease_(std::move(lease)) {}

  net::Task<Result<>> spend(std::uint64_t bytes) override { co_return lease_.spend(bytes); }
  void give_back() override { lease_.give_back(); }

 private:
  policy::Lease lease_;
};

class MemoryBudget final : public HandleBudget {
 public:
  explicit MemoryBudget(std::shared_ptr<policy::Budget> budget) : budget_(std::move(budget)) {}

  net::Task<Result<std::unique_ptr<CallLease>>> acquire(policy::CallKind kind, SteadyPoint now,
                                                        SteadyPoint deadline) override {
    Result<policy::Lease> lease = budget_->acquire(kind, now, deadline);
    if (!lease) co_return std::unexpected(lease.error());
    co_return std::make_unique<MemoryLease>(*std::move(lease));
  }
  const policy::BudgetLimits& limits() const override { return budget_->limits(); }
  policy::BudgetSpent spent() const override { return budget_->spent(); }
  std::size_t in_flight() const override { return budget_->in_flight(); }
  std::optional<policy::BudgetSpent> take_changed() override { return budget_->take_changed(); }

 private:
  std::shared_ptr<policy::Budget> budget_;
};

}  // namespace

std::shared_ptr<HandleBudget> MemoryBudgets::budget_of(const BudgetTerms& terms,
                                                       std::function<void()> on_change) {
  return std::make_shared<MemoryBudget>(
      policy::Budget::make(terms.limits, terms.spent, std::move(on_change)));
}

}  // namespace hubwarden::auth
