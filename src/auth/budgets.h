#pragma once

// Where the budgets of handles are kept: in this process (memory_budgets.h), or for a whole fleet.
//
//   std::shared_ptr<HandleBudget> budget = budgets.budget_of(terms, on_change);
//   Result<std::unique_ptr<CallLease>> lease = co_await budget->acquire(CallKind::kRead, now, deadline);
//   if (!lease) co_return std::unexpected(lease.error());           // nothing was sent
//   Result<> may_pass_on = co_await (*lease)->spend(piece.size());
//   …                                                               // released when it goes
//
// What a budget promises is in policy/budget_state.h. Threads: any; a lease belongs to one call. Budgets and
// leases may outlive who made them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "net/task.h"
#include "policy/budget_state.h"
#include "store/handle.h"

namespace hubwarden::auth {

// A call's place in the budget. Gone, it is released, at once and without waiting for anybody.
class CallLease {
 public:
  CallLease() = default;
  virtual ~CallLease() = default;
  CallLease(const CallLease&) = delete;
  CallLease& operator=(const CallLease&) = delete;

  // Before each piece of the answer is passed on. `budget_exceeded`: this read ends here. A write never
  // fails.
  virtual net::Task<Result<>> spend(std::uint64_t bytes) = 0;
  // The call was not sent, so it does not count. The last that is asked of a lease.
  virtual void give_back() = 0;
};

class HandleBudget {
 public:
  virtual ~HandleBudget() = default;

  // `budget_exceeded`, with `fix: wait` when a call in flight will give back what is missing. `deadline`:
  // when the call has certainly ended, or is given up.
  virtual net::Task<Result<std::unique_ptr<CallLease>>> acquire(policy::CallKind kind, SteadyPoint now,
                                                                SteadyPoint deadline) = 0;
  virtual const policy::BudgetLimits& limits() const = 0;
  // By all, as far as it is known here.
  virtual policy::BudgetSpent spent() const = 0;
  virtual std::size_t in_flight() const = 0;  // calls of this process
  // What is spent by now, if anything was since this was last asked.
  virtual std::optional<policy::BudgetSpent> take_changed() = 0;
};

// What is counted, against what, and until when. Of a handle, or of what a rule says of its callers.
struct BudgetTerms {
  BudgetTerms(const store::Handle& handle)
      : id(handle.id), limits(handle.limits), spent(handle.spent), expires_at(handle.expires_at) {}
  BudgetTerms(store::HandleId id_, policy::BudgetLimits limits_, TimePoint expires_at_)
      : id(id_), limits(limits_), expires_at(expires_at_) {}

  store::HandleId id;  // or another number that is like no handle's
  policy::BudgetLimits limits;
  policy::BudgetSpent spent;  // by the records
  TimePoint expires_at;
};

class Budgets {
 public:
  virtual ~Budgets() = default;
  // `on_change`: when something is spent for the first time since take_changed(); short, on any thread.
  virtual std::shared_ptr<HandleBudget> budget_of(const BudgetTerms& terms,
                                                  std::function<void()> on_change) = 0;
};

}  // namespace hubwarden::auth
