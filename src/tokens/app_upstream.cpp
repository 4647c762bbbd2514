#include "tokens/app_upstream.h"

#include <algorithm>

#include "crypto/fingerprint.h"

namespace hubwarden::tokens {
namespace {

Error not_configured(const AppRef& app) {
  return Error(ErrorCode::kNotConfigured, "no GitHub App is configured for " + app.host());
}

Result<github::Repositories> repositories_of(const RepositorySelection& selection) {
  if (selection.is_all()) return github::AllRepositories();
  if (selection.has_all_ids()) {
    std::vector<RepositoryId> ids;
    for (const RepositoryRef& repository : selection.chosen()) ids.push_back(*repository.id());
    Result<github::RepositoryIds> made = github::RepositoryIds::make(std::move(ids));
    if (!made) return std::unexpected(made.error());
    return std::move(*made);
  }
  // One that is not known by id makes all of them go by name: GitHub takes either, not both.
  std::vector<policy::Repository> names;
  for (const RepositoryRef& repository : selection.chosen()) names.push_back(repository.name());
  Result<github::RepositoryNames> made = github::RepositoryNames::make(std::move(names));
  if (!made) return std::unexpected(made.error());
  return std::move(*made);
}

github::Permissions permissions_of(const PermissionSelection& selection) {
  if (selection.set()) return *selection.set();
  return github::AllPermissions();
}

}  // namespace

github::Api* AppUpstream::api_of(const AppRef& app) {
  const auto found = apis_.find(app);
  return found == apis_.end() ? nullptr : &found->second.get();
}

github::Api* AppUpstream::any_api_of(std::string_view host) {
  const auto found = std::ranges::find(apis_, host, [](const auto& entry) { return entry.first.host(); });
  return found == apis_.end() ? nullptr : &found->second.get();
}

net::Task<Result<Minted>> AppUpstream::mint(Scope scope, SteadyPoint deadline) {
  github::Api* const api = api_of(scope.app());
  if (api == nullptr) co_return std::unexpected(not_configured(scope.app()));
  Result<github::Repositories> repositories = repositories_of(scope.repositories());
  if (!repositories) co_return std::unexpected(repositories.error());
  github::MintRequest request(scope.installation(), std::move(*repositories), permissions_of(scope.permissions()));
  Result<github::MintedToken> minted = co_await api->mint(std::move(request), deadline);
  if (!minted) co_return std::unexpected(minted.error());
  co_return accept(scope, std::move(*minted));
}

Result<Minted> AppUpstream::accept(const Scope& scope, github::MintedToken minted) {
  std::vector<RepositoryRef> repositories = identify(scope, minted);
  if (repositories.size() != scope.repositories().chosen().size()) {
    return fail(ErrorCode::kUpstreamProtocol, "GitHub's token does not name the repositories that it was asked for");
  }
  TokenFacts facts;
  facts.minted_at = clock_.now();
  facts.expires_at = minted.expires_at;
  TokenCover cover;
  for (const auto& [name, level] : minted.permissions) cover.permissions.emplace_back(name, to_string(level));
  for (const github::MintedRepository& repository : minted.repositories) {
    cover.repositories.push_back(repository.repository.shown());
  }
  std::string fingerprint = crypto::fingerprint(minted.token).text();
  auto token = std::make_shared<const Token>(minted.token, std::move(fingerprint), facts, cover);
  return Minted(std::move(token), std::move(repositories));
}

// Each repository that was asked for, with the id that GitHub gave for it.
std::vector<RepositoryRef> AppUpstream::identify(const Scope& scope, const github::MintedToken& minted) const {
  std::vector<RepositoryRef> known;
  for (const RepositoryRef& asked : scope.repositories().chosen()) {
    const auto answered = std::ranges::find_if(minted.repositories, [&asked](const auto& repository) {
      return asked.id() ? repository.id == *asked.id() : repository.repository == asked.name();
    });
    if (answered == minted.repositories.end()) continue;
    const RepositoryRef now(answered->repository, answered->id);
    if (learn_) learn_(scope.app(), asked.name(), now);
    known.emplace_back(asked.name(), answered->id);
  }
  return known;
}

net::Task<Result<Found>> AppUpstream::installation_of(AppRef app, policy::Repository repository,
                                                      SteadyPoint deadline) {
  github::Api* const api = api_of(app);
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  Result<github::Installation> found = co_await api->find_installation(std::move(repository), deadline);
  if (!found) co_return std::unexpected(found.error());
  co_return Found(found->id, found->moved_to);
}

net::Task<Result<bool>> AppUpstream::is_installed_on(AppRef app, policy::Owner owner, SteadyPoint deadline) {
  github::Api* const api = api_of(app);
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  const Result<github::Installation> found = co_await api->find_installation(std::move(owner), deadline);
  if (found) co_return true;
  if (found.error().code() == ErrorCode::kAppNotInstalled) co_return false;
  co_return std::unexpected(found.error());
}

net::Task<Result<bool>> AppUpstream::is_alive(AppRef app, TokenPtr token, SteadyPoint deadline) {
  github::Api* const api = any_api_of(app.host());
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  Secret value(token->reveal());
  Result<bool> alive = co_await api->is_alive(std::move(value), deadline);
  co_return alive;
}

}  // namespace hubwarden::tokens
