#pragma once

// A budget that calls on any thread draw from, and their leases.
//
//   std::shared_ptr<Budget> budget = Budget::make(limits, spent);
//   Result<Lease> lease = budget->acquire(CallKind::kRead, clock.steady_now(), deadline);
//   if (!lease) return lease.error();               // nothing was sent
//   Result<> may_pass_on = lease->spend(piece.size());
//   …                                               // released when it goes, whatever happened
//
// Thread-safe; no I/O, a lock for a few comparisons. A lease keeps its budget alive and belongs to one call.

#include <functional>
#include <memory>
#include <optional>

#include "base/guarded.h"
#include "policy/budget_state.h"

namespace hubwarden::policy {

class Budget;

// Released exactly once. Move-only.
class Lease {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  // Before each piece of the answer is passed on. `budget_exceeded`: this read ends here. A write never
  // fails. Not on a lease that was released or moved from.
  Result<> spend(std::uint64_t bytes);
  // The call is over.
  void release();
  // The call was not sent, so it does not count. Instead of release().
  void give_back();

 private:
  friend class Budget;
  Lease(std::shared_ptr<Budget> budget, LeaseId id) : budget_(std::move(budget)), id_(id) {}

  std::shared_ptr<Budget> budget_;  // null: released, or moved from
  LeaseId id_;
};

class Budget : public std::enable_shared_from_this<Budget> {
 public:
  // What happens when something is spent for the first time since take_changed(): short, on the caller's
  // thread, with no lock held.
  using OnChange = std::function<void()>;

  static std::shared_ptr<Budget> make(BudgetLimits limits, BudgetSpent spent = {},
                                      OnChange on_change = nullptr);

  // See BudgetState::acquire. `deadline`: when the call has certainly ended, or is given up.
  Result<Lease> acquire(CallKind kind, SteadyPoint now, SteadyPoint deadline);

  const BudgetLimits& limits() const { return limits_; }
  BudgetSpent spent() const;
  std::size_t in_flight() const;  // leases that are held, lost ones among them
  // What is spent by now, if anything was since this was last asked.
  std::optional<BudgetSpent> take_changed();

 private:
  friend class Lease;
  struct Books {
    explicit Books(BudgetState begin) : state(std::move(begin)) {}
    BudgetState state;
    bool is_changed = false;
  };

  Budget(BudgetLimits limits, BudgetSpent spent, OnChange on_change);
  // Does `step` on the state under the lock and tells of the first change after it.
  template <class Step>
  auto change(Step step);

  const BudgetLimits limits_;
  const OnChange on_change_;
  mutable Guarded<Books> books_;
};

}  // namespace hubwarden::policy
