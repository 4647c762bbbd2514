#include "delivery/budget_json.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace hubwarden::delivery {
namespace {

using boost::json::object;
using boost::json::value;

// A whole number, written without fraction or exponent.
Result<std::uint64_t> count_member(const object& budget, std::string_view name, std::uint64_t usual) {
  const value* const found = budget.if_contains(name);
  if (found == nullptr) return usual;
  if (found->is_uint64()) return found->get_uint64();
  if (found->is_int64() && found->get_int64() >= 0) return static_cast<std::uint64_t>(found->get_int64());
  return fail(ErrorCode::kInvalidRequest, "budget \"" + std::string(name) + "\" must be a whole number");
}

}  // namespace

Result<policy::BudgetLimits> parse_budget(const object& body, const policy::BudgetLimits& usual) {
  const value* const found = body.if_contains("budget");
  if (found == nullptr) return usual;
  if (!found->is_object()) {
    return fail(ErrorCode::kInvalidRequest, "\"budget\" must be an object like {\"requests\": 100}");
  }
  const object& budget = found->get_object();
  for (const auto& member : budget) {
    const std::string_view name = member.key();
    if (name != "concurrent" && name != "requests" && name != "bytes")
      return fail(ErrorCode::kInvalidRequest,
                  "unknown member of the budget: \"" + printable(name, 60) + "\"");
  }
  const Result<std::uint64_t> concurrent = count_member(budget, "concurrent", usual.concurrent());
  if (!concurrent) return std::unexpected(concurrent.error());
  const Result<std::uint64_t> requests = count_member(budget, "requests", usual.requests());
  if (!requests) return std::unexpected(requests.error());
  const Result<std::uint64_t> bytes = count_member(budget, "bytes", usual.bytes());
  if (!bytes) return std::unexpected(bytes.error());
  return policy::BudgetLimits::make(*concurrent, *requests, *bytes);
}

}  // namespace hubwarden::delivery
