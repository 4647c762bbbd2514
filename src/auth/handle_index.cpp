#include "auth/handle_index.h"

#include <utility>

#include "catalogue/operation_list.h"

namespace hubwarden::auth {

std::shared_ptr<const HandlePrincipal> HandleIndex::principal_of(const store::Handle& handle) const {
  if (handle.issuer != kAdminIssuer) return nullptr;
  const auto operations = catalogue::OperationList::parse_text(handle.operations);
  if (!operations) return nullptr;
  auto budget =
      budgets_.budget_of(handle, [changed = changed_, id = handle.id] { changed->lock()->push_back(id); });
  return std::make_shared<const HandlePrincipal>(handle, catalogue::OperationSet::of(*operations),
                                                 std::move(budget));
}

bool HandleIndex::apply(store::HandleId id, const std::optional<store::Handle>& now) {
  auto known = known_.lock();
  auto found = known->find(id);
  if (!now || now->revoked_at) {
    if (found != known->end()) live_.erase(found->second.digest);
    if (now) {
      known->try_emplace(id, now->digest);
    } else if (found != known->end()) {
      known->erase(found);
    }
    return true;
  }
  if (found == known->end()) found = known->emplace(id, Known(now->digest)).first;
  if (!found->second.principal) found->second.principal = principal_of(*now);
  if (!found->second.principal) return false;
  live_.put(now->digest, found->second.principal);
  return true;
}

std::shared_ptr<const HandlePrincipal> HandleIndex::known(store::HandleId id) const {
  auto all = known_.lock();
  const auto found = all->find(id);
  return found == all->end() ? nullptr : found->second.principal;
}

std::optional<policy::BudgetSpent> HandleIndex::spent_by(store::HandleId id) const {
  const std::shared_ptr<const HandlePrincipal> principal = known(id);
  if (!principal) return std::nullopt;
  return principal->budget().spent();
}

std::vector<store::HandleSpent> HandleIndex::take_spent() {
  std::vector<store::HandleId> changed;
  changed_->lock()->swap(changed);
  std::vector<store::HandleSpent> spent;
  for (const store::HandleId id : changed) {
    const std::shared_ptr<const HandlePrincipal> principal = known(id);
    if (!principal) continue;
    const std::optional<policy::BudgetSpent> by_now = principal->budget().take_changed();
    if (by_now) spent.emplace_back(id, *by_now);
  }
  return spent;
}

}  // namespace hubwarden::auth
