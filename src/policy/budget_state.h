#pragma once

// The arithmetic of a budget. Pure: no clock, no lock.
//
//   BudgetState state(BudgetLimits(), BudgetSpent());
//   Result<LeaseId> lease = state.acquire(CallKind::kRead, now, now + 30s);   // before anything is sent
//   Result<> may_pass_on = state.spend(*lease, 16'384);                       // as the answer comes
//   state.release(*lease);
//
// Never more calls hold a lease than the limit says, never are more granted than requests are left, and the
// bytes of reads never exceed their limit. A lease that nobody released is taken back after its deadline;
// whoever comes with it later holds nothing.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "policy/budget_limits.h"

namespace hubwarden::policy {

// A read can be cut at the limit. A write has happened by the time that its answer comes, so that is passed
// on whatever its size, and counted.
enum class CallKind { kRead, kWrite };

// One for each call, never used again.
class LeaseId {
 public:
  LeaseId(std::uint64_t number, CallKind kind) : number_(number), kind_(kind) {}
  CallKind kind() const { return kind_; }
  friend bool operator==(const LeaseId&, const LeaseId&) = default;

 private:
  std::uint64_t number_;
  CallKind kind_;
};

class BudgetState {
 public:
  // What a call sets aside before it is sent: a small answer, or the first piece of a large one. Less when
  // the other slots could not have as much.
  static constexpr std::uint64_t kReservation = 64 << 10;

  BudgetState(BudgetLimits limits, BudgetSpent spent) : limits_(limits), spent_(spent) {}

  // A slot until `deadline`, a request, and a reservation of bytes; or `budget_exceeded`, with nothing taken:
  // `fix: wait` when a call in flight will give back what is missing, `fix: caller` when nobody will.
  Result<LeaseId> acquire(CallKind kind, SteadyPoint now, SteadyPoint deadline);
  // Takes `bytes` of the answer from the budget, all or, with `budget_exceeded`, none. Never fails for a
  // write, even if its lease was taken back.
  Result<> spend(const LeaseId& lease, std::uint64_t bytes);
  // Frees the slot and what is left of the reservation. False when there was nothing to free (any more).
  bool release(const LeaseId& lease);
  // The same for a call that was not sent after all: its request comes back, too.
  bool give_back(const LeaseId& lease);

  const BudgetLimits& limits() const { return limits_; }
  const BudgetSpent& spent() const { return spent_; }
  std::size_t in_flight() const { return held_.size(); }

 private:
  struct Held {
    Held(LeaseId lease, SteadyPoint until, std::uint64_t bytes)
        : id(lease), deadline(until), reserved(bytes) {}
    LeaseId id;
    SteadyPoint deadline;
    std::uint64_t reserved;
  };

  Held* find(const LeaseId& lease);
  std::uint64_t reserved() const;
  // What is neither spent nor set aside.
  std::uint64_t free_bytes() const;
  std::uint64_t first_reservation() const;
  Result<> check() const;

  BudgetLimits limits_;
  BudgetSpent spent_;
  std::vector<Held> held_;  // at most BudgetLimits::kMaxConcurrent
  std::uint64_t next_ = 0;
};

}  // namespace hubwarden::policy
