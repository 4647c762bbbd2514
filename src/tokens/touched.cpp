#include "tokens/touched.h"

#include <algorithm>

#include "tokens/failure.h"

namespace hubwarden::tokens {
namespace {

bool is_limit(ErrorCode code) {
  return kind_of(code) == FailureKind::kRateLimited;
}

}  // namespace

Touched Touched::installation(std::vector<AppRef> apps, InstallationId id,
                              std::vector<policy::Owner> owners) {
  Touched touched(What::kInstallation);
  touched.apps_ = std::move(apps);
  touched.installation_ = id;
  touched.owners_ = std::move(owners);
  return touched;
}

Touched Touched::grants(std::vector<AppRef> apps, InstallationId id) {
  Touched touched(What::kGrants);
  touched.apps_ = std::move(apps);
  touched.installation_ = id;
  return touched;
}

Touched Touched::repository(RepositoryId id, std::vector<policy::Repository> names) {
  Touched touched(What::kRepository);
  touched.repository_ = id;
  touched.names_ = std::move(names);
  return touched;
}

Touched Touched::as_of(TimePoint told) && {
  told_at_ = told;
  return std::move(*this);
}

bool Touched::token(const Scope& scope) const {
  switch (what_) {
    case What::kInstallation: return is_installation_of(scope.app(), scope.installation());
    // A token of named permissions has what it had: what was added does not concern it.
    case What::kGrants:
      return is_installation_of(scope.app(), scope.installation()) && !scope.permissions().set();
    case What::kRepository: return covers_repository(scope);
  }
  return false;
}

bool Touched::failed_mint(const Scope& scope, ErrorCode code) const {
  if (is_limit(code)) return false;
  switch (what_) {
    case What::kInstallation: return is_installation_of(scope.app(), scope.installation());
    case What::kGrants:
      return is_installation_of(scope.app(), scope.installation()) &&
             code == ErrorCode::kPermissionNotGranted;
    case What::kRepository: return covers_repository(scope);
  }
  return false;
}

bool Touched::mint_under_way(const Scope& scope) const {
  if (what_ == What::kRepository) return covers_repository(scope);
  return is_installation_of(scope.app(), scope.installation());
}

bool Touched::mapping(std::string_view name, const AppRef& app, InstallationId installation,
                      std::optional<RepositoryId> id) const {
  switch (what_) {
    // An owner's names that lead to another installation of the App: it was installed anew.
    case What::kInstallation:
      return is_installation_of(app, installation) ||
             (std::ranges::find(apps_, app) != apps_.end() && is_of_owner(name));
    case What::kGrants: return false;
    case What::kRepository: return is_named(name) || (id && id == repository_);
  }
  return false;
}

bool Touched::failed_look_up(std::string_view name, ErrorCode code) const {
  if (is_limit(code)) return false;
  return what_ == What::kInstallation ? is_of_owner(name) : is_named(name);
}

bool Touched::look_up_under_way(std::string_view name) const {
  if (what_ != What::kInstallation) return is_named(name);
  return owners_.empty() || is_of_owner(name);
}

bool Touched::is_installation_of(const AppRef& app, InstallationId installation) const {
  return installation_ == installation && std::ranges::find(apps_, app) != apps_.end();
}

bool Touched::is_of_owner(std::string_view name) const {
  return std::ranges::any_of(owners_, [name](const policy::Owner& owner) {
    const std::string& key = owner.key();
    return name.size() > key.size() && name.starts_with(key) && name[key.size()] == '/';
  });
}

bool Touched::is_named(std::string_view name) const {
  return std::ranges::any_of(names_, [name](const policy::Repository& each) { return each.key() == name; });
}

bool Touched::covers_repository(const Scope& scope) const {
  return std::ranges::any_of(scope.repositories().chosen(), [this](const RepositoryRef& chosen) {
    return (chosen.id() && chosen.id() == repository_) || is_named(chosen.name().key());
  });
}

}  // namespace hubwarden::tokens
