#include "policy/budget_limits.h"

#include <string>

namespace hubwarden::policy {
namespace {

Result<> check(const char* name, std::uint64_t value, std::uint64_t max) {
  if (value >= 1 && value <= max) return {};
  return fail(ErrorCode::kInvalidRequest,
              "budget \"" + std::string(name) + "\" must be from 1 to " + std::to_string(max));
}

}  // namespace

Result<BudgetLimits> BudgetLimits::make(std::uint64_t concurrent, std::uint64_t requests,
                                        std::uint64_t bytes) {
  for (const Result<>& checked :
       {check("concurrent", concurrent, kMaxConcurrent), check("requests", requests, kMaxRequests),
        check("bytes", bytes, kMaxBytes)}) {
    if (!checked) return std::unexpected(checked.error());
  }
  BudgetLimits limits;
  limits.concurrent_ = concurrent;
  limits.requests_ = requests;
  limits.bytes_ = bytes;
  return limits;
}

}  // namespace hubwarden::policy
