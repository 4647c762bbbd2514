#include "rules/ceiling_cut.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hubwarden::rules {
namespace {

using catalogue::OperationSet;
using policy::PermissionSet;

bool are_enough(const PermissionSet& permissions, const std::vector<PermissionSet>& scopes) {
  return std::ranges::any_of(scopes, [&](const PermissionSet& scope) { return permissions.covers(scope); });
}

OperationSet operations_within(const PermissionSet& permissions) {
  OperationSet within;
  for (const catalogue::Operation& operation : catalogue::operations()) {
    if (are_enough(permissions, operation.scopes())) within.add(operation);
  }
  return within;
}

}  // namespace

CeilingCut::CeilingCut(const Ceiling& ceiling)
    : permissions_(ceiling.permissions),
      operations_(
          (permissions_ ? operations_within(*permissions_) : OperationSet::all()).without(ceiling.never)) {
  for (const catalogue::Operation& operation : ceiling.never.operations()) never_.emplace_back(operation);
}

Result<> CeilingCut::apply(Rule& rule) const {
  for (Allowance& allowance : rule.may) {
    allowance.operations = allowance.operations.within(operations_);
    if (allowance.token && permissions_) allowance.token = allowance.token->within(*permissions_);
    if (!allowance.token) continue;
    const Result<> checked = check(rule, *allowance.token);
    if (!checked) return checked;
  }
  return {};
}

Result<> CeilingCut::check(const Rule& rule, const PermissionSet& token) const {
  for (const Never& never : never_) {
    if (!are_enough(token, never.scopes)) continue;
    return fail(ErrorCode::kInvalidRequest, "rule \"" + rule.name + "\": with a token of " + token.text() +
                                                " its holder could do " + std::string(never.operation.id()) +
                                                ", which the ceiling says never");
  }
  return {};
}

bool CeilingCut::lets(const Wanted& wanted) const {
  if (const auto* const named = std::get_if<catalogue::Named>(&wanted)) return operations_.has(*named);
  const auto* const permissions = std::get_if<PermissionSet>(&wanted);
  return !permissions_ || permissions == nullptr || permissions_->covers(*permissions);
}

}  // namespace hubwarden::rules
