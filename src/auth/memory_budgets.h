#pragma once

// Budgets in this process's memory: a hubwarden that is alone. Nothing waits.

#include "auth/budgets.h"

namespace hubwarden::auth {

class MemoryBudgets final : public Budgets {
 public:
  std::shared_ptr<HandleBudget> budget_of(const BudgetTerms& terms, std::function<void()> on_change) override;
};

}  // namespace hubwarden::auth
