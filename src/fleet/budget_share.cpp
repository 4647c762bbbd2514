#include "fleet/budget_share.h"

#include <algorithm>
#include <string>

#include "policy/budget_refusals.h"
#include "policy/budget_state.h"

namespace hubwarden::fleet {
namespace {

std::uint64_t part(std::uint64_t limit, std::uint64_t taken, std::uint64_t replicas) {
  return taken >= limit ? 0 : (limit - taken) / replicas;
}

Error used_up(const std::string& what) {
  return policy::in_use("Redis is away, and this replica's share of the budget's " + what + " is used up");
}

}  // namespace

BudgetShare::BudgetShare(const policy::BudgetLimits& limits, policy::BudgetSpent taken,
                         std::uint64_t replicas) {
  const std::uint64_t parts = std::max<std::uint64_t>(replicas, 1);
  concurrent_ = std::max<std::uint64_t>(limits.concurrent() / parts, 1);
  requests_ = part(limits.requests(), taken.requests, parts);
  bytes_ = part(limits.bytes(), taken.bytes, parts);
}

Result<std::uint64_t> BudgetShare::acquire(std::uint64_t in_flight) {
  if (requests_ == 0) return std::unexpected(used_up("requests"));
  if (in_flight >= concurrent_) return std::unexpected(used_up("calls in flight"));
  if (bytes_ == 0) return std::unexpected(used_up("response bytes"));
  const std::uint64_t slots = concurrent_ - in_flight;
  const std::uint64_t granted = std::min(policy::BudgetState::kReservation, (bytes_ + slots - 1) / slots);
  --requests_;
  bytes_ -= granted;
  return granted;
}

Result<std::uint64_t> BudgetShare::take(std::uint64_t piece, std::uint64_t ahead) {
  if (piece > bytes_) return std::unexpected(used_up("response bytes"));
  const std::uint64_t granted = piece + std::min(ahead, (bytes_ - piece) / (concurrent_ + 1));
  bytes_ -= granted;
  return granted;
}

}  // namespace hubwarden::fleet
