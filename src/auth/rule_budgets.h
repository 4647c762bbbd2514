#pragma once

// What rules say of how much, and whoever cut a grant: the budgets that a call of a session takes from.
//
//   for (const Charge& charge : budgets.of(session, decision)) …      // a lease of each
//
// A limit without a time is the session's, for as long as it can be renewed. One with a time, `500/h`, is the
// agent's, whatever number of sessions it has, and begins anew each hour: a workload that can have many JWTs
// gains nothing by it. How many calls are in flight is counted with the first that there is. Threads: any.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/budgets.h"
#include "auth/session.h"
#include "base/clock.h"
#include "base/lru.h"
#include "rules/decision.h"

namespace hubwarden::auth {

struct Charge {
  Charge(std::shared_ptr<HandleBudget> budget_, std::optional<TimePoint> anew_at_)
      : budget(std::move(budget_)), anew_at(anew_at_) {}

  std::shared_ptr<HandleBudget> budget;
  std::optional<TimePoint> anew_at;  // when it begins anew, if it does
};

class RuleBudgets {
 public:
  // Both outlive it.
  RuleBudgets(Budgets& budgets, const Clock& clock) : budgets_(budgets), clock_(clock), known_(kMaxKnown) {}

  // None when the rule sets no limits, and nothing was cut from the session with a budget of its own.
  std::vector<Charge> of(const Session& session, const rules::Decision& decision);

  // Beyond it, those that were not used for the longest time begin anew where no Redis remembers them.
  static constexpr std::size_t kMaxKnown = 100'000;

 private:
  struct Account;
  std::shared_ptr<HandleBudget> budget_of(const Account& account);

  Budgets& budgets_;
  const Clock& clock_;
  ShardedLru<std::uint64_t, std::shared_ptr<HandleBudget>> known_;
  std::mutex making_;
};

}  // namespace hubwarden::auth
