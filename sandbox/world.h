#pragma once

// Accounts, Apps, installations and repositories, and the rules that hold between them. No tokens, no HTTP,
// no clock.
//
//   World world;
//   const AccountId acme = *world.add_account("acme", true);
//   const RepositoryId widgets = *world.add_repository(acme, "widgets", true, now);
//   world.move_repository(widgets, acme, "gears");   // GET /repos/acme/widgets now redirects
//
// Errors: invalid_request (a name that GitHub would not take), conflict (taken), not_found. One thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sandbox/model.h"

namespace hubwarden::sandbox {

struct NewApp {
  AccountId owner;
  std::string slug;
  Permissions permissions;
  std::vector<std::string> events;
  PublicKey key;
};

struct NewInstallation {
  AppId app;
  AccountId account;
  bool all_repositories = true;
  std::set<RepositoryId> selected;
  // Everything that the App asks for, unless said otherwise.
  std::optional<Permissions> permissions;
};

class World {
 public:
  static constexpr std::size_t kMaxKeys = 25;  // GitHub's bound on the keys of one App

  Result<AccountId> add_account(std::string_view login, bool is_organization);
  Result<AppId> add_app(NewApp app, TimePoint now);
  Result<InstallationId> add_installation(NewInstallation wanted, TimePoint now);
  Result<RepositoryId> add_repository(AccountId owner, std::string_view name, bool is_private, TimePoint now);

  Result<> add_key(AppId id, PublicKey key);
  Result<> remove_key(AppId id, std::string_view fingerprint);
  Result<> remove_app(AppId id);  // with its installations
  Result<> remove_installation(InstallationId id);
  Result<> remove_repository(RepositoryId id);
  // Rename, transfer or both. The old name leads to the repository until something else takes it.
  Result<> move_repository(RepositoryId id, AccountId owner, std::string_view name);
  // Which repositories: all, or these. They must belong to the installation's account.
  Result<> select_repositories(InstallationId id, bool all, std::set<RepositoryId> selected, TimePoint now);

  // All pointers stay good until the thing is removed.
  const Account* account(AccountId id) const;
  const Account* account(std::string_view login) const;
  App* app(AppId id);
  const App* app(AppId id) const;
  const App* app_by_client_id(std::string_view client_id) const;
  Installation* installation(InstallationId id);
  const Installation* installation(InstallationId id) const;
  const Installation* installation_on(AppId app, AccountId account) const;
  Repository* repository(RepositoryId id);
  const Repository* repository(RepositoryId id) const;
  const Repository* repository(std::string_view owner, std::string_view name) const;
  // The repository that once had this name.
  const Repository* moved(std::string_view owner, std::string_view name) const;

  // What the installation can reach, by id.
  std::vector<const Repository*> repositories_of(const Installation& installation) const;
  bool reaches(const Installation& installation, const Repository& repository) const;
  std::string full_name(const Repository& repository) const;

  const std::map<AccountId, Account>& accounts() const { return accounts_; }
  const std::map<AppId, App>& apps() const { return apps_; }
  const std::map<InstallationId, Installation>& installations() const { return installations_; }
  const std::map<RepositoryId, Repository>& repositories() const { return repositories_; }

  // A number that nothing else has: issues, comments.
  std::uint64_t next_number() { return next_number_++; }

 private:
  std::string key_of(AccountId owner, std::string_view name) const;
  Result<> check_selection(AccountId account, const std::set<RepositoryId>& selected) const;

  // GitHub's numbers have many digits and differ between kinds; so do these, to surface mix-ups.
  std::uint64_t next_account_ = 9'000'001;
  std::uint64_t next_app_ = 1'000'001;
  std::uint64_t next_installation_ = 50'000'001;
  std::uint64_t next_repository_ = 700'000'001;
  std::uint64_t next_number_ = 3'000'000'001;

  std::map<AccountId, Account> accounts_;
  std::map<AppId, App> apps_;
  std::map<InstallationId, Installation> installations_;
  std::map<RepositoryId, Repository> repositories_;
  std::map<std::string, AccountId, std::less<>> logins_;    // lower case
  std::map<std::string, RepositoryId, std::less<>> names_;  // "owner/name" in lower case
  std::map<std::string, RepositoryId, std::less<>> old_names_;
};

}  // namespace hubwarden::sandbox
