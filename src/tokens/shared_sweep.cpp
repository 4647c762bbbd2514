#include "tokens/shared_sweep.h"

namespace hubwarden::tokens {

std::optional<Scope> scope_of(const Minted& minted) {
  if (!minted.by) return std::nullopt;
  RepositorySelection selection = RepositorySelection::all();
  if (!minted.repositories.empty()) {
    std::vector<RepositoryRef> repositories;
    for (const MintedRepository& each : minted.repositories) {
      repositories.emplace_back(each.asked, each.answered.id());
    }
    Result<RepositorySelection> named = RepositorySelection::of(std::move(repositories));
    if (!named) return std::nullopt;
    selection = *std::move(named);
  }
  return Scope(minted.by->app, minted.by->installation, std::move(selection),
               PermissionSelection::all_granted());
}

}  // namespace hubwarden::tokens
