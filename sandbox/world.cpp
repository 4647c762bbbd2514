#include "sandbox/world.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::size_t kMaxLogin = 39;
constexpr std::size_t kMaxRepositoryName = 100;

bool is_login(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
  return plain && !text.empty() && text.size() <= kMaxLogin && is_alnum(text.front()) && text.back() != '-';
}

bool is_repository_name(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  return plain && !text.empty() && text.size() <= kMaxRepositoryName && text != "." && text != ".." &&
         !lower(text).ends_with(".git");
}

template <class Map, class Key>
auto* find_in(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Result<AccountId> World::add_account(std::string_view login, bool is_organization) {
  if (!is_login(login)) return fail(ErrorCode::kInvalidRequest, "not a login: " + printable(login, 80));
  if (logins_.contains(lower(login)))
    return fail(ErrorCode::kConflict, "the login is taken: " + std::string(login));
  const AccountId id(next_account_++);
  accounts_.emplace(id, Account{id, std::string(login), is_organization});
  logins_.emplace(lower(login), id);
  return id;
}

Result<AppId> World::add_app(NewApp app, TimePoint now) {
  if (!account(app.owner)) return fail(ErrorCode::kNotFound, "no such account");
  if (!is_login(app.slug)) return fail(ErrorCode::kInvalidRequest, "not a slug: " + printable(app.slug, 80));
  for (const auto& [id, other] : apps_) {
    if (equal_ignoring_case(other.slug, app.slug))
      return fail(ErrorCode::kConflict, "the slug is taken: " + app.slug);
  }
  const AppId id(next_app_++);
  App made{.id = id,
           .owner = app.owner,
           .bot = AccountId(next_account_++),
           .slug = app.slug,
           .name = app.slug,
           .client_id = "Iv23li" + hex(as_bytes(sha256(std::to_string(id.value())))).substr(0, 14),
           .permissions = std::move(app.permissions),
           .events = std::move(app.events),
           .keys = {std::move(app.key)},
           .created_at = now};
  apps_.emplace(id, std::move(made));
  return id;
}

Result<InstallationId> World::add_installation(NewInstallation wanted, TimePoint now) {
  const App* owner = app(wanted.app);
  if (!owner) return fail(ErrorCode::kNotFound, "no such App");
  if (!account(wanted.account)) return fail(ErrorCode::kNotFound, "no such account");
  if (installation_on(wanted.app, wanted.account)) {
    return fail(ErrorCode::kConflict, "the App is installed on that account already");
  }
  if (const Result<> good = check_selection(wanted.account, wanted.selected); !good) {
    return std::unexpected(good.error());
  }
  const InstallationId id(next_installation_++);
  Installation made{.id = id,
                    .app = wanted.app,
                    .account = wanted.account,
                    .all_repositories = wanted.all_repositories,
                    .selected = std::move(wanted.selected),
                    .permissions = wanted.permissions.value_or(owner->permissions),
                    .events = owner->events,
                    .created_at = now,
                    .updated_at = now,
                    .suspended_at = std::nullopt};
  installations_.emplace(id, std::move(made));
  return id;
}

Result<RepositoryId> World::add_repository(AccountId owner, std::string_view name, bool is_private,
                                           TimePoint now) {
  if (!account(owner)) return fail(ErrorCode::kNotFound, "no such account");
  if (!is_repository_name(name)) {
    return fail(ErrorCode::kInvalidRequest, "not a repository name: " + printable(name, 120));
  }
  const std::string key = key_of(owner, name);
  if (names_.contains(key)) return fail(ErrorCode::kConflict, "the name is taken: " + key);
  const RepositoryId id(next_repository_++);
  Repository made{.id = id,
                  .owner = owner,
                  .name = std::string(name),
                  .is_private = is_private,
                  .created_at = now,
                  .pushed_at = now,
                  .issues = {},
                  .label_ids = {},
                  .checks = {},
                  .commits = {}};
  repositories_.emplace(id, std::move(made));
  names_.emplace(key, id);
  old_names_.erase(key);
  return id;
}

Result<> World::add_key(AppId id, PublicKey key) {
  App* found = app(id);
  if (!found) return fail(ErrorCode::kNotFound, "no such App");
  if (found->keys.size() >= kMaxKeys) return fail(ErrorCode::kConflict, "an App has at most 25 keys");
  found->keys.push_back(std::move(key));
  return {};
}

Result<> World::remove_key(AppId id, std::string_view fingerprint) {
  App* found = app(id);
  const auto removed =
      found ? std::erase_if(found->keys, [&](const PublicKey& k) { return k.fingerprint() == fingerprint; })
            : 0;
  if (removed == 0) return fail(ErrorCode::kNotFound, "no such App or key");
  return {};
}

Result<> World::remove_app(AppId id) {
  if (apps_.erase(id) == 0) return fail(ErrorCode::kNotFound, "no such App");
  std::erase_if(installations_, [&](const auto& entry) { return entry.second.app == id; });
  return {};
}

Result<> World::remove_installation(InstallationId id) {
  if (installations_.erase(id) == 0) return fail(ErrorCode::kNotFound, "no such installation");
  return {};
}

Result<> World::remove_repository(RepositoryId id) {
  const Repository* found = repository(id);
  if (!found) return fail(ErrorCode::kNotFound, "no such repository");
  names_.erase(key_of(found->owner, found->name));
  std::erase_if(old_names_, [&](const auto& entry) { return entry.second == id; });
  for (auto& [number, installation] : installations_) installation.selected.erase(id);
  repositories_.erase(id);
  return {};
}

Result<> World::move_repository(RepositoryId id, AccountId owner, std::string_view name) {
  Repository* found = repository(id);
  if (!found) return fail(ErrorCode::kNotFound, "no such repository");
  if (!account(owner)) return fail(ErrorCode::kNotFound, "no such account");
  if (!is_repository_name(name)) {
    return fail(ErrorCode::kInvalidRequest, "not a repository name: " + printable(name, 120));
  }
  const std::string before = key_of(found->owner, found->name);
  const std::string after = key_of(owner, name);
  if (const auto taken = names_.find(after); taken != names_.end() && taken->second != id) {
    return fail(ErrorCode::kConflict, "the name is taken: " + after);
  }
  names_.erase(before);
  names_.emplace(after, id);
  if (before != after) old_names_.insert_or_assign(before, id);
  old_names_.erase(after);
  if (found->owner != owner) {
    for (auto& [number, installation] : installations_) installation.selected.erase(id);
  }
  found->owner = owner;
  found->name = std::string(name);
  return {};
}

Result<> World::select_repositories(InstallationId id, bool all, std::set<RepositoryId> selected,
                                    TimePoint now) {
  Installation* found = installation(id);
  if (!found) return fail(ErrorCode::kNotFound, "no such installation");
  if (Result<> good = check_selection(found->account, selected); !good) return good;
  found->all_repositories = all;
  found->selected = std::move(selected);
  found->updated_at = now;
  return {};
}

Result<> World::check_selection(AccountId owner, const std::set<RepositoryId>& selected) const {
  for (const RepositoryId id : selected) {
    const Repository* one = repository(id);
    if (!one || one->owner != owner) {
      return fail(ErrorCode::kInvalidRequest, "a selected repository does not belong to the account");
    }
  }
  return {};
}

const Account* World::account(AccountId id) const {
  return find_in(accounts_, id);
}

const Account* World::account(std::string_view login) const {
  const AccountId* id = find_in(logins_, lower(login));
  return id ? account(*id) : nullptr;
}

App* World::app(AppId id) {
  return find_in(apps_, id);
}
const App* World::app(AppId id) const {
  return find_in(apps_, id);
}

const App* World::app_by_client_id(std::string_view client_id) const {
  for (const auto& [id, app] : apps_) {
    if (app.client_id == client_id) return &app;
  }
  return nullptr;
}

Installation* World::installation(InstallationId id) {
  return find_in(installations_, id);
}
const Installation* World::installation(InstallationId id) const {
  return find_in(installations_, id);
}

const Installation* World::installation_on(AppId app, AccountId account) const {
  for (const auto& [id, installation] : installations_) {
    if (installation.app == app && installation.account == account) return &installation;
  }
  return nullptr;
}

Repository* World::repository(RepositoryId id) {
  return find_in(repositories_, id);
}
const Repository* World::repository(RepositoryId id) const {
  return find_in(repositories_, id);
}

const Repository* World::repository(std::string_view owner, std::string_view name) const {
  const RepositoryId* id = find_in(names_, lower(owner) + "/" + lower(name));
  return id ? repository(*id) : nullptr;
}

const Repository* World::moved(std::string_view owner, std::string_view name) const {
  const RepositoryId* id = find_in(old_names_, lower(owner) + "/" + lower(name));
  return id ? repository(*id) : nullptr;
}

std::vector<const Repository*> World::repositories_of(const Installation& installation) const {
  std::vector<const Repository*> reached;
  for (const auto& [id, repository] : repositories_) {
    if (reaches(installation, repository)) reached.push_back(&repository);
  }
  return reached;
}

bool World::reaches(const Installation& installation, const Repository& repository) const {
  return repository.owner == installation.account &&
         (installation.all_repositories || installation.selected.contains(repository.id));
}

std::string World::full_name(const Repository& repository) const {
  return account(repository.owner)->login + "/" + repository.name;
}

std::string World::key_of(AccountId owner, std::string_view name) const {
  return lower(account(owner)->login) + "/" + lower(name);
}

}  // namespace hubwarden::sandbox
