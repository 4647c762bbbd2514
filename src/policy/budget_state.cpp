#include "policy/budget_state.h"

#include <algorithm>
#include <limits>

#include "policy/budget_refusals.h"

namespace hubwarden::policy {
namespace {

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  return b > max - a ? max : a + b;
}

}  // namespace

BudgetState::Held* BudgetState::find(const LeaseId& lease) {
  const auto found = std::ranges::find(held_, lease, &Held::id);
  return found == held_.end() ? nullptr : &*found;
}

std::uint64_t BudgetState::reserved() const {
  std::uint64_t sum = 0;
  for (const Held& held : held_) sum += held.reserved;
  return sum;
}

std::uint64_t BudgetState::free_bytes() const {
  const std::uint64_t taken = saturating_sum(spent_.bytes, reserved());
  return taken >= limits_.bytes() ? 0 : limits_.bytes() - taken;
}

// A fair share of a small budget's rest, so that one call does not hold up all others. Never nothing where
// something is left.
std::uint64_t BudgetState::first_reservation() const {
  const std::uint64_t slots = limits_.concurrent() - held_.size();
  return std::min(kReservation, (free_bytes() + slots - 1) / slots);
}

// What no wait will cure comes first.
Result<> BudgetState::check() const {
  if (spent_.requests >= limits_.requests()) return std::unexpected(requests_spent(limits_.requests()));
  if (spent_.bytes >= limits_.bytes()) return std::unexpected(bytes_spent(limits_.bytes()));
  if (held_.size() >= limits_.concurrent()) {
    return std::unexpected(slots_in_use(limits_.concurrent()));
  }
  if (free_bytes() == 0) return std::unexpected(bytes_in_use());
  return {};
}

Result<LeaseId> BudgetState::acquire(CallKind kind, SteadyPoint now, SteadyPoint deadline) {
  std::erase_if(held_, [now](const Held& held) { return held.deadline <= now; });
  const Result<> may = check();
  if (!may) return std::unexpected(may.error());
  const LeaseId lease(next_++, kind);
  held_.emplace_back(lease, deadline, first_reservation());
  ++spent_.requests;
  return lease;
}

Result<> BudgetState::spend(const LeaseId& lease, std::uint64_t bytes) {
  Held* const held = find(lease);
  const std::uint64_t own = held == nullptr ? 0 : held->reserved;
  const bool fits = bytes <= own || bytes - own <= free_bytes();
  if (lease.kind() == CallKind::kRead) {
    if (held == nullptr)
      return fail(ErrorCode::kBudgetExceeded, "the call took longer than its place in the budget lasts");
    if (!fits && bytes > limits_.bytes() - std::min(spent_.bytes, limits_.bytes()))
      return std::unexpected(bytes_spent(limits_.bytes()));
    if (!fits) return std::unexpected(bytes_in_use());
  }
  if (held != nullptr) held->reserved -= std::min(own, bytes);
  spent_.bytes = saturating_sum(spent_.bytes, bytes);
  return {};
}

bool BudgetState::release(const LeaseId& lease) {
  return std::erase_if(held_, [&lease](const Held& held) { return held.id == lease; }) > 0;
}

bool BudgetState::give_back(const LeaseId& lease) {
  if (!release(lease)) return false;
  --spent_.requests;
  return true;
}

}  // namespace hubwarden::policy
