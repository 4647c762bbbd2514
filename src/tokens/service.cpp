#include "tokens/service.h"

#include <algorithm>

#include "base/check.h"

namespace hubwarden::tokens {
namespace {

// A mapping younger than this is not asked for again when a mint contradicts it.
constexpr Duration kYoungMapping = std::chrono::seconds(30);
constexpr Duration kFallbackCheckedFor = std::chrono::minutes(5);

// The mint contradicts what the look-up said.
bool contradicts_mapping(const Error& error) {
  return error.code() == ErrorCode::kAppNotInstalled || error.code() == ErrorCode::kInstallationSuspended;
}

Error no_app(std::string_view host) {
  return Error(ErrorCode::kNotConfigured, "no GitHub App is configured for " + std::string(host));
}

}  // namespace

TokenService::TokenService(Parts parts, std::vector<std::unique_ptr<Lookup>> lookups,
                           std::unique_ptr<Fallback> fallback)
    : parts_(parts), fallback_(std::move(fallback)) {
  for (std::unique_ptr<Lookup>& lookup : lookups) {
    const std::string host = lookup->apps().front().host();
    lookups_.emplace(host, std::move(lookup));
  }
}

Lookup* TokenService::lookup_for(std::string_view host) const {
  const auto found = lookups_.find(host);
  return found == lookups_.end() ? nullptr : found->second.get();
}

Result<Scope> TokenService::scope_of(const TokenAsk& ask, const std::vector<LocationPtr>& locations,
                                     SteadyPoint now) {
  HW_CHECK(!locations.empty() && locations.size() == ask.repositories.size());
  const Location& first = *locations.front();
  std::vector<RepositoryRef> repositories;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    const Location& location = *locations[i];
    if (location.installation() != first.installation() || location.app() != first.app()) {
      return fail(ErrorCode::kInvalidRequest,
                  "a token covers repositories of one installation; choose some with repo=");
    }
    repositories.emplace_back(ask.repositories[i], location.repository(now));
  }
  Result<RepositorySelection> selection = RepositorySelection::of(std::move(repositories));
  if (!selection) return std::unexpected(selection.error());
  return Scope(first.app(), first.installation(), std::move(*selection), ask.permissions);
}

TokenPtr TokenService::peek(const TokenAsk& ask) {
  const Lookup* lookup = lookup_for(ask.host);
  if (lookup == nullptr || ask.repositories.empty()) return nullptr;
  std::vector<LocationPtr> locations;
  locations.reserve(ask.repositories.size());
  for (const policy::Repository& repository : ask.repositories) {
    LocationPtr location = lookup->peek(repository);
    if (!location) return nullptr;
    locations.push_back(std::move(location));
  }
  const Result<Scope> scope = scope_of(ask, locations, parts_.clock.steady_now());
  return scope ? parts_.engine.peek(*scope, ask.min_ttl) : nullptr;
}

net::Task<Result<Served>> TokenService::token(TokenAsk ask, SteadyPoint deadline) {
  Result<Served> primary = co_await from_app(ask, deadline);
  if (primary || !fallback_) co_return primary;
  Error error = primary.error();
  Result<Served> instead = co_await from_fallback(std::move(ask), std::move(error), deadline);
  co_return instead;
}

net::Task<Result<std::vector<LocationPtr>>> TokenService::locate(Lookup& lookup,
                                                                 std::vector<policy::Repository> repositories,
                                                                 SteadyPoint deadline) {
  std::vector<LocationPtr> locations;
  for (const policy::Repository& repository : repositories) {
    Result<LocationPtr> location = co_await lookup.find(repository, deadline);
    if (!location) co_return std::unexpected(location.error());
    locations.push_back(std::move(*location));
  }
  co_return locations;
}

net::Task<Result<Served>> TokenService::from_app(TokenAsk ask, SteadyPoint deadline) {
  Lookup* const lookup = lookup_for(ask.host);
  if (lookup == nullptr) co_return std::unexpected(no_app(ask.host));
  if (ask.repositories.empty()) {
    Result<Served> served = co_await from_installation(std::move(ask), *lookup, deadline);
    co_return served;
  }
  const Result<std::vector<LocationPtr>> locations = co_await locate(*lookup, ask.repositories, deadline);
  if (!locations) co_return std::unexpected(locations.error());
  const SteadyPoint now = parts_.clock.steady_now();
  const Result<Scope> scope = scope_of(ask, *locations, now);
  if (!scope) co_return std::unexpected(scope.error());

  const Wish wish(ask.min_ttl, deadline);
  Result<Served> served = co_await parts_.engine.token(*scope, wish);
  const bool old_mapping = std::ranges::any_of(*locations, [now](const LocationPtr& location) {
    return now - location->found_at() > kYoungMapping;
  });
  if (served || !old_mapping || !contradicts_mapping(served.error())) co_return served;
  Error error = served.error();
  const std::string key = scope->key();
  Result<Served> again = co_await once_more(std::move(ask), *lookup, key, std::move(error), deadline);
  co_return again;
}

// The App may have been installed anew, or the repository moved: if the look-up says something new, try that.
net::Task<Result<Served>> TokenService::once_more(TokenAsk ask, Lookup& lookup, std::string failed_scope,
                                                  Error error, SteadyPoint deadline) {
  for (const policy::Repository& repository : ask.repositories) lookup.forget(repository);
  const Result<std::vector<LocationPtr>> locations = co_await locate(lookup, ask.repositories, deadline);
  if (!locations) co_return std::unexpected(locations.error());
  const Result<Scope> scope = scope_of(ask, *locations, parts_.clock.steady_now());
  if (!scope || scope->key() == failed_scope) co_return std::unexpected(std::move(error));
  const Wish wish(ask.min_ttl, deadline);
  Result<Served> served = co_await parts_.engine.token(*scope, wish);
  co_return served;
}

net::Task<Result<Served>> TokenService::from_installation(TokenAsk ask, Lookup& lookup, SteadyPoint deadline) {
  if (!ask.installation) {
    co_return fail(ErrorCode::kInvalidRequest,
                   "no installation is configured (github.installation_id); say which with repo= or installation=");
  }
  Scope scope(lookup.apps().front(), *ask.installation, RepositorySelection::all(), ask.permissions);
  const Wish wish(ask.min_ttl, deadline);
  Result<Served> served = co_await parts_.engine.token(std::move(scope), wish);
  co_return served;
}

net::Task<Result<Served>> TokenService::from_fallback(TokenAsk ask, Error primary, SteadyPoint deadline) {
  const StandIn rule = stand_in_for(primary);
  if (rule == StandIn::kNever || !fallback_->covers(ask.repositories, ask.permissions)) {
    co_return std::unexpected(std::move(primary));
  }
  const Lookup* const lookup = lookup_for(ask.host);
  if (rule == StandIn::kUnlessInstalled && lookup != nullptr) {
    for (const AppRef& app : lookup->apps()) {
      const policy::Owner owner = ask.repositories.front().owner();
      const Result<bool> installed = co_await parts_.directory.is_installed_on(app, owner, deadline);
      // Not sure is not enough.
      if (!installed || *installed) co_return std::unexpected(std::move(primary));
    }
  }
  const Served served(fallback_->token(), false);
  if (parts_.clock.steady_now() < *fallback_alive_until_.lock()) co_return served;
  const AppRef anywhere(ask.host, "");
  const Result<bool> alive = co_await parts_.directory.is_alive(anywhere, fallback_->token(), deadline);
  if (alive && !*alive) {
    co_return std::unexpected(std::move(primary).with_detail("the fallback token is refused by GitHub as well"));
  }
  const auto checked_for = std::chrono::duration_cast<SteadyPoint::duration>(kFallbackCheckedFor);
  if (alive) *fallback_alive_until_.lock() = parts_.clock.steady_now() + checked_for;
  co_return served;
}

net::Task<Result<>> TokenService::rejected(Secret value, std::vector<policy::Repository> callers,
                                           SteadyPoint deadline) {
  const std::optional<TokenEngine::Known> known = parts_.engine.find_by_value(value.reveal());
  if (!known) co_return Result<>();
  const std::vector<RepositoryRef>& chosen = known->scope.repositories().chosen();
  const bool is_callers = std::ranges::all_of(chosen, [&callers](const RepositoryRef& repository) {
    return std::ranges::find(callers, repository.name()) != callers.end();
  });
  const bool sees_all = callers.empty();
  if (!sees_all && (chosen.empty() || !is_callers)) co_return Result<>();

  const TimePoint minted_at = known->token->facts().minted_at;
  for (int attempt = 1;; ++attempt) {
    const Result<bool> alive = co_await parts_.directory.is_alive(known->scope.app(), known->token, deadline);
    if (!alive) co_return std::unexpected(alive.error());
    if (*alive) co_return Result<>();
    // A token that has just been minted may not have reached all of GitHub yet.
    const auto pause = replication_pause(parts_.clock.now() - minted_at, attempt);
    if (!pause) break;
    const auto wait = std::chrono::duration_cast<SteadyPoint::duration>(*pause);
    co_await net::sleep_until(parts_.timers, parts_.clock.steady_now() + wait);
  }
  co_await parts_.engine.forget(known->scope.key(), known->token);
  co_return Result<>();
}

}  // namespace hubwarden::tokens
