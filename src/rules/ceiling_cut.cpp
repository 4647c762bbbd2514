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

// At each permission the lower level of the two; nothing if none is left.
std::optional<PermissionSet> lower_of(const PermissionSet& wanted, const PermissionSet& ceiling) {
  PermissionSet::Map levels;
  for (const auto& [name, level] : wanted.levels()) {
    const auto most = ceiling.levels().find(name);
    if (most != ceiling.levels().end()) levels.emplace(name, std::min(level, most->second));
  }
  const Result<PermissionSet> both = PermissionSet::make(std::move(levels));
  if (!both) return std::nullopt;
  return *both;
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
    if (allowance.token && permissions_) allowance.token = lower_of(*allowance.token, *permissions_);
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
  return !permissions_ || permissions_->covers(std::get<PermissionSet>(wanted));
}

}  // namespace hubwarden::rules
