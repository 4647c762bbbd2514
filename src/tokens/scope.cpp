#include "tokens/scope.h"

#include <algorithm>

namespace hubwarden::tokens {

std::string RepositoryRef::key() const {
  return id_ ? "#" + std::to_string(id_->value()) : "@" + name_.key();
}

Result<RepositorySelection> RepositorySelection::of(std::vector<RepositoryRef> repositories) {
  if (repositories.empty()) {
    return fail(ErrorCode::kInvalidRequest, "a token needs at least one repository");
  }
  std::ranges::sort(repositories, {}, &RepositoryRef::key);
  const auto same = [](const RepositoryRef& a, const RepositoryRef& b) { return a.key() == b.key(); };
  repositories.erase(std::unique(repositories.begin(), repositories.end(), same), repositories.end());
  if (repositories.size() > kMax) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers at most 500 repositories; ask for fewer with repo=");
  }
  const policy::Owner& owner = repositories.front().name().owner();
  const bool one_owner = std::ranges::all_of(
      repositories, [&owner](const RepositoryRef& repository) { return repository.name().owner() == owner; });
  if (!one_owner) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers repositories of one owner; choose some with repo=");
  }
  return RepositorySelection(std::move(repositories));
}

bool RepositorySelection::has_all_ids() const {
  return std::ranges::all_of(chosen_,
                             [](const RepositoryRef& repository) { return repository.id().has_value(); });
}

Scope::Scope(AppRef app, InstallationId installation, RepositorySelection repositories,
             PermissionSelection permissions)
    : app_(std::move(app)),
      installation_(installation),
      repositories_(std::move(repositories)),
      permissions_(std::move(permissions)) {
  // No part can hold '|', and a repository's name cannot hold ',', '#' or '@': different scopes, different
  // texts.
  key_.append(app_.host()).append("|").append(app_.app()).append("|");
  key_.append(std::to_string(installation_.value())).append("|");
  if (repositories_.is_all()) key_ += '*';
  for (const RepositoryRef& repository : repositories_.chosen()) key_.append(repository.key()).append(",");
  key_ += '|';
  key_ += permissions_.set() ? permissions_.set()->text() : "*";
}

}  // namespace hubwarden::tokens
