#pragma once

// What is taken from before anything is done for a caller: its credential's own budget, and what the rule
// says that allows it.
//
//   std::vector<auth::Charge> charges = charges_of(*who, decision, budgets);
//   Result<std::unique_ptr<auth::CallLease>> lease = co_await charge(charges, kind, clock, deadline);
//
// All of them or none.

#include <memory>
#include <vector>

#include "auth/principal.h"
#include "auth/rule_budgets.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/task.h"
#include "rules/decision.h"

namespace hubwarden::delivery {

std::vector<auth::Charge> charges_of(const auth::Principal& who, const rules::Decision& decision,
                                     auth::RuleBudgets& budgets);

// `budget_exceeded` by the first that is, with the time until it begins anew if it does.
net::Task<Result<std::unique_ptr<auth::CallLease>>> charge(std::vector<auth::Charge> charges,
                                                           policy::CallKind kind, const Clock& clock,
                                                           SteadyPoint deadline);

}  // namespace hubwarden::delivery
