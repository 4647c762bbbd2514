#pragma once

// A scope: everything that GitHub is asked for when a token is minted, and therefore everything that its
// cache key holds. Two scopes that differ in any part never share a token.
//
//   Result<RepositorySelection> repositories = RepositorySelection::of({widgets});
//   Scope scope(app, InstallationId(7), *repositories, PermissionSelection::of(permissions));
//   cache.get(scope.key());
//
// A hundred thousand of them are held, and a key is needed for each request: a Scope does not hold its key,
// and a key can be had without a Scope.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "policy/names.h"
#include "policy/permissions.h"

namespace hubwarden::tokens {

// Which App at which GitHub: configured apps are told apart by this alone.
class AppRef {
 public:
  // `host` is the API's authority in lower case, `app` the App id or client id; neither holds '|'.
  AppRef(std::string host, std::string app)
      : names_(std::make_shared<const Names>(std::move(host), std::move(app))) {}
  const std::string& host() const { return names_->first; }
  const std::string& app() const { return names_->second; }
  friend bool operator==(const AppRef& a, const AppRef& b) {
    return a.names_ == b.names_ || *a.names_ == *b.names_;
  }
  friend auto operator<=>(const AppRef& a, const AppRef& b) { return *a.names_ <=> *b.names_; }

 private:
  using Names = std::pair<std::string, std::string>;
  std::shared_ptr<const Names> names_;  // of all copies: every scope and every location has one
};

// A repository as a key names it: by its id, without one by its name. A view.
class RepositoryMark {
 public:
  RepositoryMark(const policy::Repository& name, std::optional<RepositoryId> id)
      : id_(id), name_(id ? std::string_view() : name.key()) {}
  void append_to(std::string& key) const;  // "#42" or "@acme/widgets"
  friend auto operator<=>(const RepositoryMark&, const RepositoryMark&) = default;

 private:
  std::optional<RepositoryId> id_;
  std::string_view name_;
};

// A repository by its id once GitHub has told it, by name until then. Ids survive renames, and a name that
// was given to another repository does not.
class RepositoryRef {
 public:
  RepositoryRef(policy::Repository name, std::optional<RepositoryId> id) : name_(std::move(name)), id_(id) {}
  const policy::Repository& name() const { return name_; }
  std::optional<RepositoryId> id() const { return id_; }
  RepositoryMark mark() const { return {name_, id_}; }

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
  // `life`: so long after its mint hubwarden itself ends the token, GitHub an hour after it; nothing: GitHub.
  Scope(AppRef app, InstallationId installation, RepositorySelection repositories,
        PermissionSelection permissions, std::optional<Duration> life = std::nullopt);

  const AppRef& app() const { return app_; }
  InstallationId installation() const { return installation_; }
  const RepositorySelection& repositories() const { return repositories_; }
  const PermissionSelection& permissions() const { return permissions_; }
  std::optional<Duration> life() const { return life_; }
  // The same for the repositories as they are known now.
  Scope with(RepositorySelection repositories) const;
  // Canonical: order, letter case and duplicates of what was asked do not change it.
  std::string key() const;
  // As it was before any id was known.
  std::string key_by_names() const;

 private:
  std::string key_of(std::span<RepositoryMark> repositories) const;

  AppRef app_;
  InstallationId installation_;
  RepositorySelection repositories_;
  PermissionSelection permissions_;
  std::optional<Duration> life_;
};

// The key of the scope that has these parts. `repositories`, in any order, none for all of them;
// `permissions` null for all that the App was granted.
std::string scope_key(const AppRef& app, InstallationId installation, std::span<RepositoryMark> repositories,
                      const policy::PermissionSet* permissions, std::optional<Duration> life);

}  // namespace hubwarden::tokens
