#include "tokens/app_upstream.h"

#include <algorithm>
#include <iterator>

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

// What GitHub answered for each repository that was asked for, in that order, compared by what it was asked
// by; those that it left out are missing.
std::vector<RepositoryRef> answered_for(const RepositorySelection& asked, const github::MintedToken& minted) {
  const bool by_id = asked.has_all_ids();
  std::vector<RepositoryRef> answers;
  for (const RepositoryRef& one : asked.chosen()) {
    const auto answer = std::ranges::find_if(minted.repositories, [&one, by_id](const auto& repository) {
      return by_id ? repository.id == *one.id() : repository.repository == one.name();
    });
    if (answer != minted.repositories.end()) answers.emplace_back(answer->repository, answer->id);
  }
  return answers;
}

std::vector<RepositoryRef> without_ids(const RepositorySelection& selection) {
  std::vector<RepositoryRef> unknown;
  std::ranges::copy_if(selection.chosen(), std::back_inserter(unknown),
                       [](const RepositoryRef& repository) { return !repository.id(); });
  return unknown;
}

// GitHub mints for a former name by its id alone. A scope in which another id is missing went by names.
bool may_name_a_former_name(const Scope& scope, const Error& error) {
  const std::vector<RepositoryRef>& chosen = scope.repositories().chosen();
  const bool some_ids =
      std::ranges::any_of(chosen, [](const RepositoryRef& one) { return one.id().has_value(); });
  return some_ids && !scope.repositories().has_all_ids() && error.code() == ErrorCode::kAppNotInstalled;
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

net::Task<Result<Minted>> AppUpstream::mint(Scope scope, http::CallContext context) {
  github::Api* const api = api_of(scope.app());
  if (api == nullptr) co_return std::unexpected(not_configured(scope.app()));
  Result<Minted> minted = co_await mint_as_named(*api, scope, context);
  if (minted || !may_name_a_former_name(scope, minted.error())) co_return minted;
  const Result<Scope> identified = co_await with_all_ids(*api, scope, context);
  if (!identified) co_return minted;
  Result<Minted> again = co_await mint_as_named(*api, *identified, context);
  co_return again;
}

net::Task<Result<Minted>> AppUpstream::mint_as_named(github::Api& api, Scope scope,
                                                     http::CallContext context) {
  Result<github::Repositories> repositories = repositories_of(scope.repositories());
  if (!repositories) co_return std::unexpected(repositories.error());
  github::MintRequest request(scope.installation(), std::move(*repositories),
                              permissions_of(scope.permissions()));
  Result<github::MintedToken> minted = co_await api.mint(std::move(request), context);
  if (!minted) co_return std::unexpected(minted.error());
  std::vector<RepositoryRef> answered = answered_for(scope.repositories(), *minted);
  if (answered.size() == scope.repositories().chosen().size()) {
    co_return accept(scope, *minted, std::move(answered));
  }

  const SteadyPoint revoke_by = clock_.steady_now() + github::Api::kRevokeTime;
  const Result<> revoked = co_await api.revoke(std::move(minted->token), context.until(revoke_by));
  Error error(ErrorCode::kUpstreamProtocol,
              "GitHub's token does not cover all repositories that it was asked for");
  co_return std::unexpected(
      std::move(error).with_detail(revoked ? "the token was revoked" : "and the token could not be revoked"));
}

// The ids that are missing, by a mint that can do nothing but tell them.
net::Task<Result<Scope>> AppUpstream::with_all_ids(github::Api& api, Scope scope, http::CallContext context) {
  Result<RepositorySelection> unknown = RepositorySelection::of(without_ids(scope.repositories()));
  if (!unknown) co_return std::unexpected(unknown.error());
  Result<policy::PermissionSet> least = policy::PermissionSet::parse("metadata:read");
  if (!least) co_return std::unexpected(least.error());
  Scope question(scope.app(), scope.installation(), std::move(*unknown),
                 PermissionSelection::of(std::move(*least)));
  Result<Minted> told = co_await mint_as_named(api, std::move(question), context);
  if (!told) co_return std::unexpected(told.error());
  std::vector<RepositoryRef> all;
  for (const MintedRepository& each : told->repositories) all.emplace_back(each.asked, each.answered.id());
  for (const RepositoryRef& each : scope.repositories().chosen()) {
    if (each.id()) all.push_back(each);
  }
  Result<RepositorySelection> identified = RepositorySelection::of(std::move(all));
  if (!identified) co_return std::unexpected(identified.error());
  co_return scope.with(std::move(*identified));
}

Minted AppUpstream::accept(const Scope& scope, const github::MintedToken& minted,
                           std::vector<RepositoryRef> answered) const {
  TokenFacts facts;
  facts.minted_at = clock_.now();
  facts.expires_at = minted.expires_at;
  TokenCover cover;
  for (const auto& [name, level] : minted.permissions) cover.permissions.emplace_back(name, to_string(level));
  for (const RepositoryRef& repository : answered) cover.repositories.push_back(repository.name().shown());
  std::string fingerprint = crypto::fingerprint(minted.token).text();
  auto token = std::make_shared<const Token>(minted.token, std::move(fingerprint), facts, cover);

  std::vector<MintedRepository> repositories;
  for (std::size_t i = 0; i < answered.size(); ++i) {
    repositories.emplace_back(scope.repositories().chosen()[i].name(), std::move(answered[i]));
  }
  return Minted(std::move(token), std::move(repositories));
}

net::Task<Result<Found>> AppUpstream::installation_of(AppRef app, policy::Repository repository,
                                                      http::CallContext context) {
  github::Api* const api = api_of(app);
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  Result<github::Installation> found = co_await api->find_installation(std::move(repository), context);
  if (!found) co_return std::unexpected(found.error());
  co_return Found(found->id, found->moved_to);
}

net::Task<Result<bool>> AppUpstream::is_installed_on(AppRef app, policy::Owner owner,
                                                     http::CallContext context) {
  github::Api* const api = api_of(app);
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  const Result<github::Installation> found = co_await api->find_installation(std::move(owner), context);
  if (found) co_return true;
  if (found.error().code() == ErrorCode::kAppNotInstalled) co_return false;
  co_return std::unexpected(found.error());
}

net::Task<Result<bool>> AppUpstream::is_alive(AppRef app, TokenPtr token, http::CallContext context) {
  github::Api* const api = any_api_of(app.host());
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  Secret value(token->reveal());
  Result<bool> alive = co_await api->is_alive(std::move(value), context);
  co_return alive;
}

net::Task<Result<>> AppUpstream::revoke(AppRef app, Secret token, http::CallContext context) {
  github::Api* const api = any_api_of(app.host());
  if (api == nullptr) co_return std::unexpected(not_configured(app));
  Result<> revoked = co_await api->revoke(std::move(token), context);
  co_return revoked;
}

}  // namespace hubwarden::tokens
