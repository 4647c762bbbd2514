#pragma once

// How much the holder of a credential may do with it, and how much of that is spent.
//
//   const BudgetLimits usual;                                             // 8 calls at a time, 100, 25 MiB
//   Result<BudgetLimits> limits = BudgetLimits::make(1, 10, 1 << 20);

#include <cstdint>

#include "base/error.h"

namespace hubwarden::policy {

class BudgetLimits {
 public:
  static constexpr std::uint64_t kUsualConcurrent = 8;
  static constexpr std::uint64_t kUsualRequests = 100;
  static constexpr std::uint64_t kUsualBytes = 25 << 20;

  // GitHub lets an App have no more requests in flight. Source: docs/github-facts.md, rate limits.
  static constexpr std::uint64_t kMaxConcurrent = 100;
  // Some days of an installation's whole rate limit: whoever needs more needs another kind of credential.
  static constexpr std::uint64_t kMaxRequests = 1'000'000;
  // Above whatever a handle's life lets through, and far from where sums of it overflow.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t(1) << 40;

  BudgetLimits() = default;  // the usual ones
  // `invalid_request`, naming the limit, for 0 and for more than its maximum.
  static Result<BudgetLimits> make(std::uint64_t concurrent, std::uint64_t requests, std::uint64_t bytes);

  std::uint64_t concurrent() const { return concurrent_; }  // calls in flight
  std::uint64_t requests() const { return requests_; }      // calls in the credential's life
  std::uint64_t bytes() const { return bytes_; }            // of answers, in the credential's life

  friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;

 private:
  std::uint64_t concurrent_ = kUsualConcurrent;
  std::uint64_t requests_ = kUsualRequests;
  std::uint64_t bytes_ = kUsualBytes;
};

struct BudgetSpent {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  // beyond the limit after a write whose answer did not fit

  friend bool operator==(const BudgetSpent&, const BudgetSpent&) = default;
};

}  // namespace hubwarden::policy
