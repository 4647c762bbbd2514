#pragma once

// A scope: everything that GitHub is asked for when a token is minted, and therefore everything that its
// cache key holds. Two scopes that differ in any part never share a token.
//
//   Result<RepositorySelection> repositories = RepositorySelection::of({widgets});
//   Scope scope(app, InstallationId(7), *repositories, PermissionSelection::of(permissions));
//   cache.get(scope.key());

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "policy/names.h"
#include "policy/permissions.h"

namespace hubwarden::tokens {

// Which App at which GitHub: configured apps are told apart by this alone.
class AppRef {
 public:
  // `host` is the API's authority in lower case, `app` the App id or client id; neither holds '|'.
  AppRef(std::string host, std::string app) : host_(std::move(host)), app_(std::move(app)) {}
  const std::string& host() const { return host_; }
  const std::string& app() const { return app_; }
  friend bool operator==(const AppRef&, const AppRef&) = default;
  friend auto operator<=>(const AppRef&, const AppRef&) = default;

 private:
  std::string host_;
  std::string app_;
};

// A repository by its id once GitHub has told it, by name until then. Ids survive renames, and a name that
// was given to another repository does not.
class RepositoryRef {
 public:
  RepositoryRef(policy::Repository name, std::optional<RepositoryId> id) : name_(std::move(name)), id_(id) {}
  const policy::Repository& name() const { return name_; }
  std::optional<RepositoryId> id() const { return id_; }
  // "#42" or "@acme/widgets".
  std::string key() const;

 private:
  policy::Repository name_;
  std::optional<RepositoryId> id_;
};

// All repositories of the installation, or some of them: sorted, without duplicates, never none.
class RepositorySelection {
 public:
  static RepositorySelection all() { return RepositorySelection({}); }
  // Refuses none (GitHub would answer with all), more than kMax, and two owners.
  static Result<RepositorySelection> of(std::vector<RepositoryRef> repositories);

  bool is_all() const { return chosen_.empty(); }
  const std::vector<RepositoryRef>& chosen() const { return chosen_; }
  bool has_all_ids() const;

  static constexpr std::size_t kMax = 500;  // GitHub's limit for one token

 private:
  explicit RepositorySelection(std::vector<RepositoryRef> chosen) : chosen_(std::move(chosen)) {}
  std::vector<RepositoryRef> chosen_;
};

// The named permissions, or, only where a caller asked for exactly that, all that the App was granted.
class PermissionSelection {
 public:
  static PermissionSelection all_granted() { return PermissionSelection(std::nullopt); }
  static PermissionSelection of(policy::PermissionSet set) { return PermissionSelection(std::move(set)); }

  const std::optional<policy::PermissionSet>& set() const { return set_; }

 private:
  explicit PermissionSelection(std::optional<policy::PermissionSet> set) : set_(std::move(set)) {}
  std::optional<policy::PermissionSet> set_;
};

class Scope {
 public:
  Scope(AppRef app, InstallationId installation, RepositorySelection repositories,
        PermissionSelection permissions);

  const AppRef& app() const { return app_; }
  InstallationId installation() const { return installation_; }
  const RepositorySelection& repositories() const { return repositories_; }
  const PermissionSelection& permissions() const { return permissions_; }
  // Canonical: order, letter case and duplicates of what was asked do not change it.
  const std::string& key() const { return key_; }

 private:
  AppRef app_;
  InstallationId installation_;
  RepositorySelection repositories_;
  PermissionSelection permissions_;
  std::string key_;
};

}  // namespace hubwarden::tokens
