#include "fleet/shared_budgets.h"

#include <utility>

#include "fleet/budget_hub.h"
#include "fleet/shared_budget.h"

namespace hubwarden::fleet {

SharedBudgets::SharedBudgets(Parts parts, Options options)
    : hub_(std::make_shared<BudgetHub>(std::move(parts), options)) {
}

SharedBudgets::~SharedBudgets() {
  hub_->cut();
}

std::shared_ptr<auth::HandleBudget> SharedBudgets::budget_of(const auth::BudgetTerms& terms,
                                                             std::function<void()> on_change) {
  return std::make_shared<SharedBudget>(hub_, terms, std::move(on_change));
}

void SharedBudgets::start() {
  hub_->start();
}

net::Task<> SharedBudgets::stop() {
  return hub_->stop();
}

}  // namespace hubwarden::fleet
