#pragma once

// What a replica may spend of a budget while Redis is away: a part of what was left when it was last seen, as
// large as every other replica's. Pure.
//
//   BudgetShare share(limits, taken, replicas);
//   Result<std::uint64_t> bytes = share.acquire(in_flight);      // a request, and so many bytes
//   Result<std::uint64_t> more = share.take(piece, ahead);
//   share.put_back(unused);

#include <cstdint>

#include "base/error.h"
#include "policy/budget_limits.h"

namespace hubwarden::fleet {

class BudgetShare {
 public:
  // `taken`: of the whole budget, by anybody, spent or set aside. Requests and bytes are divided and rounded
  // down, so the parts of all are never more than was left; of calls at a time each has one at least.
  BudgetShare(const policy::BudgetLimits& limits, policy::BudgetSpent taken, std::uint64_t replicas);

  // `in_flight`: calls of this replica, from wherever they have their place. `budget_exceeded`, with
  // `fix: wait`: Redis comes back.
  Result<std::uint64_t> acquire(std::uint64_t in_flight);
  // `piece` bytes and up to `ahead` more, or none.
  Result<std::uint64_t> take(std::uint64_t piece, std::uint64_t ahead);
  void put_back(std::uint64_t bytes) { bytes_ += bytes; }
  void give_back() { ++requests_; }

 private:
  std::uint64_t concurrent_;
  std::uint64_t requests_;  // what is left
  std::uint64_t bytes_;
};

}  // namespace hubwarden::fleet
