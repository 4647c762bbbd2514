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

// And neither none nor more than one token can cover.
bool is_one_owners(std::span<const policy::Repository> repositories) {
  if (repositories.empty() || repositories.size() > RepositorySelection::kMax) return false;
  return std::ranges::all_of(repositories, [&repositories](const policy::Repository& repository) {
    return repository.shares_owner_with(repositories.front());
  });
}

Error no_app(std::string_view host) {
  return Error(ErrorCode::kNotConfigured, "no GitHub App is configured for " + std::string(host));
}

}  // namespace

TokenService::TokenService(const Clock& clock, net::Timers& timers, const std::vector<HostTokens>& hosts,
                           std::unique_ptr<Fallback> fallback, std::unique_ptr<OtherSource> other)
    : clock_(clock), timers_(timers), fallback_(std::move(fallback)), other_(std::move(other)) {
  for (const HostTokens& host : hosts) hosts_.emplace(host.lookup.apps().front().host(), host);
}

const HostTokens* TokenService::host_of(std::string_view name) const {
  const auto found = hosts_.find(name);
  return found == hosts_.end() ? nullptr : &found->second;
}

bool TokenService::is_one_place(const std::vector<LocationPtr>& locations) {
  const Location& first = *locations.front();
  return std::ranges::all_of(locations, [&first](const LocationPtr& location) {
    return location->installation() == first.installation() && location->app() == first.app();
  });
}

Result<Scope> TokenService::scope_of(const TokenAsk& ask, const std::vector<LocationPtr>& locations,
                                     SteadyPoint now) {
  HW_CHECK(!locations.empty() && locations.size() == ask.repositories.size());
  if (!is_one_place(locations)) {
    return fail(ErrorCode::kInvalidRequest,
                "a token covers repositories of one installation; choose some with repo=");
  }
  const Location& first = *locations.front();
  std::vector<RepositoryRef> repositories;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    repositories.emplace_back(ask.repositories[i], locations[i]->repository(now));
  }
  Result<RepositorySelection> selection = RepositorySelection::of(std::move(repositories));
  if (!selection) return std::unexpected(selection.error());
  return Scope(first.app(), first.installation(), std::move(*selection), ask.permissions, ask.life);
}

// Whatever scope_of() would refuse is not found here.
Peeked TokenService::peek(const TokenAsk& ask) {
  const HostTokens* const host = host_of(ask.host);
  if (host == nullptr || !is_one_owners(ask.repositories)) return {};
  const std::uint64_t stops = stops_->moment();
  const Changes::Moment since = host->lookup.changes().now();
  const SteadyPoint now = clock_.steady_now();
  SteadyPoint good_until = SteadyPoint::max();
  std::vector<LocationPtr> locations;
  std::vector<RepositoryMark> marks;
  locations.reserve(ask.repositories.size());
  marks.reserve(ask.repositories.size());
  for (const policy::Repository& repository : ask.repositories) {
    LocationPtr location = host->lookup.peek(repository);
    if (!location) return {};
    good_until = std::min(good_until, location->good_until());
    marks.emplace_back(repository, location->repository(now));
    locations.push_back(std::move(location));
  }
  if (!is_one_place(locations)) return {};
  if (!stops_->is_quiet()) {
    const Result<Scope> scope = scope_of(ask, locations, now);
    if (!scope || stops_->of(*scope)) return {};
  }
  const Location& place = *locations.front();
  const auto& permissions = ask.permissions.set();
  const std::string key =
      scope_key(place.app(), place.installation(), marks, permissions ? &*permissions : nullptr, ask.life);
  TokenEngine::Peeked found = host->engine.peek(key, ask.min_ttl);
  return {std::move(found.token), Shortcut(since, stops, good_until, std::move(found.handle))};
}

TokenPtr TokenService::follow(std::string_view host_name, const Shortcut& way, SteadyPoint now) {
  const HostTokens* const host = host_of(host_name);
  if (host == nullptr || !host->lookup.changes().is_now(way.since_)) return nullptr;
  if (way.stops_ != stops_->moment()) return nullptr;
  return now <= way.good_until_ ? host->engine.peek_again(way.token_, now) : nullptr;
}

net::Task<Result<Served>> TokenService::token(TokenAsk ask, http::CallContext context) {
  if (std::optional<Error> why = stops_->of(ask.host, ask.repositories)) {
    co_return std::unexpected(*std::move(why));
  }
  Result<Served> served = co_await from_app_or_other(ask, context);
  // The static token is not hubwarden's to end.
  if (!served && fallback_ && !ask.life) {
    Error error = served.error();
    Result<Served> instead = co_await from_fallback(ask, std::move(error), context);
    served = std::move(instead);
  }
  if (std::optional<Error> why = stops_->of(ask.host, ask.repositories)) {
    co_return std::unexpected(*std::move(why));
  }
  co_return served;
}

net::Task<Result<std::vector<LocationPtr>>> TokenService::locate(const HostTokens& host,
                                                                 std::vector<policy::Repository> repositories,
                                                                 http::CallContext context) {
  std::vector<LocationPtr> locations;
  for (const policy::Repository& repository : repositories) {
    Result<LocationPtr> location = co_await host.lookup.find(repository, context);
    if (!location) co_return std::unexpected(location.error());
    locations.push_back(std::move(*location));
  }
  co_return locations;
}

// An App comes first, and a host that has one has no other source: nobody gets around the App. What another
// source gives is not hubwarden's to end.
net::Task<Result<Served>> TokenService::from_app_or_other(TokenAsk ask, http::CallContext context) {
  const bool has_other =
      other_ && !ask.life && host_of(ask.host) == nullptr && other_->has_tokens_for(ask.host);
  if (!has_other) {
    Result<Served> served = co_await from_app(std::move(ask), context);
    co_return served;
  }
  Result<TokenPtr> token = co_await other_->token(std::move(ask), context.deadline);
  if (!token) co_return std::unexpected(token.error());
  co_return Served(std::move(*token), false);
}

net::Task<Result<Served>> TokenService::from_app(TokenAsk ask, http::CallContext context) {
  const HostTokens* const host = host_of(ask.host);
  if (host == nullptr) co_return std::unexpected(no_app(ask.host));
  if (ask.repositories.empty()) {
    Result<Served> served = co_await from_installation(std::move(ask), *host, context);
    co_return served;
  }
  const Result<std::vector<LocationPtr>> locations = co_await locate(*host, ask.repositories, context);
  if (!locations) co_return std::unexpected(locations.error());
  const SteadyPoint now = clock_.steady_now();
  const Result<Scope> scope = scope_of(ask, *locations, now);
  if (!scope) co_return std::unexpected(scope.error());

  const Wish wish(ask.min_ttl, context);
  Result<Served> served = co_await host->engine.token(*scope, wish);
  const bool old_mapping = std::ranges::any_of(
      *locations, [now](const LocationPtr& location) { return now - location->found_at() > kYoungMapping; });
  if (served || !old_mapping || !contradicts_mapping(served.error())) co_return served;
  Error error = served.error();
  const std::string key = scope->key();
  Result<Served> again = co_await once_more(std::move(ask), *host, key, std::move(error), context);
  co_return again;
}

// The App may have been installed anew, or the repository moved: if the look-up says something new, try that.
net::Task<Result<Served>> TokenService::once_more(TokenAsk ask, const HostTokens& host,
                                                  std::string failed_scope, Error error,
                                                  http::CallContext context) {
  for (const policy::Repository& repository : ask.repositories) host.lookup.forget(repository);
  const Result<std::vector<LocationPtr>> locations = co_await locate(host, ask.repositories, context);
  if (!locations) co_return std::unexpected(locations.error());
  const Result<Scope> scope = scope_of(ask, *locations, clock_.steady_now());
  if (!scope || scope->key() == failed_scope) co_return std::unexpected(std::move(error));
  const Wish wish(ask.min_ttl, context);
  Result<Served> served = co_await host.engine.token(*scope, wish);
  co_return served;
}

net::Task<Result<Served>> TokenService::from_installation(TokenAsk ask, const HostTokens& host,
                                                          http::CallContext context) {
  if (!ask.installation) {
    co_return fail(
        ErrorCode::kInvalidRequest,
        "no installation is configured (github.installation_id); say which with repo= or installation=");
  }
  Scope scope(host.lookup.apps().front(), *ask.installation, RepositorySelection::all(), ask.permissions,
              ask.life);
  const Wish wish(ask.min_ttl, context);
  Result<Served> served = co_await host.engine.token(std::move(scope), wish);
  co_return served;
}

net::Task<Result<Served>> TokenService::from_fallback(TokenAsk ask, Error primary,
                                                      http::CallContext context) {
  const StandIn rule = stand_in_for(primary);
  if (rule == StandIn::kNever || !fallback_->covers(ask.host, ask.repositories, ask.permissions)) {
    co_return std::unexpected(std::move(primary));
  }
  const HostTokens* const host = host_of(ask.host);
  const Served served(fallback_->token(), false);
  // Without an App nobody can be asked, and the token is all there is.
  if (host == nullptr) co_return served;
  if (rule == StandIn::kUnlessInstalled) {
    for (const AppRef& app : host->lookup.apps()) {
      const policy::Owner owner = ask.repositories.front().owner();
      const Result<bool> installed = co_await host->directory.is_installed_on(app, owner, context);
      // Not sure is not enough.
      if (!installed || *installed) co_return std::unexpected(std::move(primary));
    }
  }
  if (clock_.steady_now() < *fallback_alive_until_.lock()) co_return served;
  const AppRef any_app = host->lookup.apps().front();
  const Result<bool> alive = co_await host->directory.is_alive(any_app, fallback_->token(), context);
  if (alive && !*alive) {
    co_return std::unexpected(
        std::move(primary).with_detail("the fallback token is refused by GitHub as well"));
  }
  const auto checked_for = std::chrono::duration_cast<SteadyPoint::duration>(kFallbackCheckedFor);
  if (alive) *fallback_alive_until_.lock() = clock_.steady_now() + checked_for;
  co_return served;
}

net::Task<Result<>> TokenService::rejected(Secret value, MayHave may_have, http::CallContext context) {
  for (const auto& [name, host] : hosts_) {
    const std::optional<TokenEngine::Known> known = host.engine.find_by_value(value.reveal());
    if (!known || !may_have(known->scope)) continue;
    const Result<bool> refused = co_await is_refused(host, *known, context);
    if (!refused) co_return std::unexpected(refused.error());
    if (*refused) co_await host.engine.forget(known->scope.key(), known->token);
  }
  co_return Result<>();
}

std::optional<Place> TokenService::place_of(std::string_view host_name,
                                            const policy::Repository& repository) const {
  const HostTokens* const host = host_of(host_name);
  const LocationPtr location = host == nullptr ? nullptr : host->lookup.peek(repository);
  if (!location) return std::nullopt;
  return Place(location->installation(), location->repository(clock_.steady_now()));
}

std::optional<Duration> TokenService::lag_pause(std::string_view host_name, const Token& token,
                                                int attempt) const {
  const HostTokens* const host = host_of(host_name);
  return host == nullptr ? std::nullopt : replication_pause(host->engine.age(token), attempt);
}

net::Task<> TokenService::forget_dead(std::string host_name, TokenPtr token) {
  const HostTokens* const host = host_of(host_name);
  const auto known = host == nullptr ? std::nullopt : host->engine.find_by_value(token->reveal());
  if (known) co_await host->engine.forget(known->scope.key(), known->token);
}

std::vector<std::string> TokenService::shared_keys(std::string_view host_name, const Token& token) const {
  const HostTokens* const host = host_of(host_name);
  const auto known = host == nullptr ? std::nullopt : host->engine.find_by_value(token.reveal());
  if (!known) return {};
  std::vector<std::string> keys = {known->scope.key()};
  std::string by_names = known->scope.key_by_names();
  if (by_names != keys.front()) keys.push_back(std::move(by_names));
  return keys;
}

std::vector<AppRef> TokenService::apps() const {
  std::vector<AppRef> all;
  for (const auto& [name, host] : hosts_) {
    all.insert(all.end(), host.lookup.apps().begin(), host.lookup.apps().end());
  }
  return all;
}

net::Task<Forgotten> TokenService::forget(std::string host_name, Touched touched) {
  const HostTokens* const host = host_of(host_name);
  if (host == nullptr) co_return Forgotten();
  // Names first: a token that is minted from here on is found by what holds now.
  Forgotten forgotten = host->lookup.forget(touched);
  const Forgotten of_tokens = co_await host->engine.forget(std::move(touched));
  forgotten += of_tokens;
  co_return forgotten;
}

net::Task<Result<bool>> TokenService::is_refused(const HostTokens& host, TokenEngine::Known known,
                                                 http::CallContext context) {
  for (int attempt = 1;; ++attempt) {
    const Result<bool> alive = co_await host.directory.is_alive(known.scope.app(), known.token, context);
    if (!alive) co_return std::unexpected(alive.error());
    if (*alive) co_return false;
    const auto pause = replication_pause(host.engine.age(*known.token), attempt);
    if (!pause) co_return true;
    const SteadyPoint next = clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(*pause);
    if (next >= context.deadline) {
      co_return fail(ErrorCode::kUpstreamTimeout,
                     "the token is too young to tell in time whether GitHub will take it");
    }
    co_await net::sleep_until(timers_, next);
  }
}

}  // namespace hubwarden::tokens
