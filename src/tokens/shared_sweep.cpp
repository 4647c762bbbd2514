#include "tokens/shared_sweep.h"

#include <algorithm>
#include <iterator>

namespace hubwarden::tokens {

Swept& Swept::operator+=(Swept also) {
  std::ranges::move(also.taken, std::back_inserter(taken));
  std::ranges::move(also.unnamed, std::back_inserter(unnamed));
  unreadable += also.unreadable;
  if (!incomplete) incomplete = std::move(also.incomplete);
  return *this;
}

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
