#pragma once

// From "this caller may have a token for these repositories" to the token: look-up, engine, fallback; another
// source on hosts without an App.
//
//   TokenAsk ask(host, {repository}, PermissionSelection::of(permissions));
//   if (TokenPtr token = service.peek(ask).token) …                 // at hand
//   Result<Served> served = co_await service.token(ask, CallContext(deadline, trace_of(request)));
//
// The ask has been authorised. Thread-safe; a call resumes on its caller's loop.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "tokens/engine.h"
#include "tokens/fallback.h"
#include "tokens/lookup.h"
#include "tokens/other_source.h"
#include "tokens/stops.h"

namespace hubwarden::tokens {

struct TokenAsk {
  TokenAsk(std::string host_, std::vector<policy::Repository> repositories_, PermissionSelection permissions_)
      : host(std::move(host_)),
        repositories(std::move(repositories_)),
        permissions(std::move(permissions_)) {}

  std::string host;                              // "github.com"
  std::vector<policy::Repository> repositories;  // of one owner; none: all of `installation`
  PermissionSelection permissions;
  std::optional<InstallationId> installation;  // only without repositories
  Duration min_ttl = Duration::zero();
  std::optional<Duration> life;  // hubwarden ends it so long after its mint; nothing: GitHub after an hour
};

// Whether a caller may have a token of that scope.
using MayHave = std::function<bool(const Scope&)>;
// Of the operator.
inline bool may_have_any(const Scope&) {
  return true;
}

// What works for one GitHub host. All of it outlives the service.
struct HostTokens {
  HostTokens(Lookup& lookup_, TokenEngine& engine_, Directory& directory_)
      : lookup(lookup_), engine(engine_), directory(directory_) {}
  Lookup& lookup;
  TokenEngine& engine;
  Directory& directory;
};

// The way to a token that was found, good as long as all that led there is as it was. Leads on in no other
// service.
class Shortcut {
 public:
  Shortcut() = default;  // leads nowhere

 private:
  friend class TokenService;
  Shortcut(Changes::Moment since, std::uint64_t stops, SteadyPoint good_until, TokenEngine::Handle token)
      : since_(std::move(since)), stops_(stops), good_until_(good_until), token_(std::move(token)) {}

  Changes::Moment since_;
  std::uint64_t stops_ = 0;  // their moment
  SteadyPoint good_until_{};
  TokenEngine::Handle token_;
};

struct Peeked {
  TokenPtr token;  // null: there is none, or it needs a refresh
  Shortcut way;
};

// Where a repository is, as far as it is known at the moment.
struct Place {
  Place(InstallationId installation_, std::optional<RepositoryId> repository_)
      : installation(installation_), repository(repository_) {}

  InstallationId installation;
  std::optional<RepositoryId> repository;  // nothing until a mint has told it
};

class TokenService {
 public:
  // `fallback` and `other` may be null.
  TokenService(const Clock& clock, net::Timers& timers, const std::vector<HostTokens>& hosts,
               std::unique_ptr<Fallback> fallback, std::unique_ptr<OtherSource> other = nullptr);

  // Before the first request. For what is stopped there are no tokens, of whatever source: `forbidden`.
  void heed(const Stops& stops) { stops_ = &stops; }

  // The cached token if it needs no refresh, and the way back to it. Asks nobody.
  Peeked peek(const TokenAsk& ask);
  // The token to which a peek has led, for the same ask of that host; null when it is time to look again.
  TokenPtr follow(std::string_view host, const Shortcut& way, SteadyPoint now);
  net::Task<Result<Served>> token(TokenAsk ask, http::CallContext context);

  // A caller says that GitHub refused this token. It is forgotten if it is the cached one, the caller may
  // have it, and GitHub refuses it indeed.
  net::Task<Result<>> rejected(Secret value, MayHave may_have, http::CallContext context);

  // Asks nobody: nothing unless a token for the repository was looked for within the hour.
  std::optional<Place> place_of(std::string_view host, const policy::Repository& repository) const;
  // GitHub refused a request of ours with this token in a way that may only mean that the token has not
  // reached all of it yet: the pause before the request is sent again for the `attempt`th time (from 1), or
  // nothing when GitHub is to be believed.
  std::optional<Duration> lag_pause(std::string_view host, const Token& token, int attempt) const;
  // GitHub answered 401 to this very token of that host, and it was not too young: it is forgotten, a newer
  // one stays.
  net::Task<> forget_dead(std::string host, TokenPtr token);

  // Under which keys the shared tier has that token of that host, as far as this replica knows.
  std::vector<std::string> shared_keys(std::string_view host, const Token& token) const;

  // All that are configured, of every host.
  std::vector<AppRef> apps() const;
  // GitHub says that something has changed at that host: what it touches is forgotten. Asks nobody.
  net::Task<Forgotten> forget(std::string host, Touched touched);

 private:
  const HostTokens* host_of(std::string_view name) const;
  static bool is_one_place(const std::vector<LocationPtr>& locations);
  static Result<Scope> scope_of(const TokenAsk& ask, const std::vector<LocationPtr>& locations,
                                SteadyPoint now);
  net::Task<Result<std::vector<LocationPtr>>> locate(const HostTokens& host,
                                                     std::vector<policy::Repository> repositories,
                                                     http::CallContext context);
  net::Task<Result<Served>> from_app_or_other(TokenAsk ask, http::CallContext context);
  net::Task<Result<Served>> from_app(TokenAsk ask, http::CallContext context);
  net::Task<Result<Served>> from_installation(TokenAsk ask, const HostTokens& host,
                                              http::CallContext context);
  net::Task<Result<Served>> once_more(TokenAsk ask, const HostTokens& host, std::string failed_scope,
                                      Error error, http::CallContext context);
  net::Task<Result<Served>> from_fallback(TokenAsk ask, Error primary, http::CallContext context);
  // Whether GitHub refuses the token, after it had the time to reach all of GitHub.
  net::Task<Result<bool>> is_refused(const HostTokens& host, TokenEngine::Known known,
                                     http::CallContext context);

  const Clock& clock_;
  net::Timers& timers_;
  const Stops* stops_ = &Stops::none();
  std::map<std::string, HostTokens, std::less<>> hosts_;
  std::unique_ptr<Fallback> fallback_;
  std::unique_ptr<OtherSource> other_;
  Guarded<SteadyPoint> fallback_alive_until_;
};

}  // namespace hubwarden::tokens
