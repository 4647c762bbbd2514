#include "policy/budget_refusals.h"

namespace hubwarden::policy {
namespace {

// When a call in flight ends is not known; to look again after this costs nothing.
constexpr std::chrono::seconds kLookAgain(1);

Error spent_up(const char* what, std::uint64_t limit) {
  return Error(ErrorCode::kBudgetExceeded,
               "the budget of " + std::to_string(limit) + " " + what + " is spent")
      .with_fix(Fix::kCaller);
}

}  // namespace

Error requests_spent(std::uint64_t limit) {
  return spent_up("requests", limit);
}

Error bytes_spent(std::uint64_t limit) {
  return spent_up("response bytes", limit);
}

Error in_use(const std::string& what) {
  return Error(ErrorCode::kBudgetExceeded, what).with_fix(Fix::kWait).with_retry_after(kLookAgain);
}

Error slots_in_use(std::uint64_t limit) {
  return in_use("all " + std::to_string(limit) + " calls of the budget are in flight");
}

Error bytes_in_use() {
  return in_use("calls in flight hold the rest of the budget's response bytes");
}

}  // namespace hubwarden::policy
