#pragma once

// The token engine: a scope in, a token that lives long enough out; GitHub asked as seldom as possible.
//
//   if (TokenPtr token = engine.peek(scope.key(), {})) …         // the hot path: fresh and at hand
//   Result<Served> served = co_await engine.token(scope, wish);  // else: refresh, wait, or the reason why
//   not
//
// Whoever calls has been authorised for the scope before. Thread-safe; a call resumes on its caller's loop. A
// mint runs under its own deadline, so a caller that gives up takes nothing from the others; and within the
// trace of the caller who made it necessary, of none if that is the engine itself.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/lru.h"
#include "base/random.h"
#include "base/single_flight.h"
#include "net/event.h"
#include "net/one_shot.h"
#include "net/timers.h"
#include "tokens/engine_events.h"
#include "tokens/failure.h"
#include "tokens/freshness.h"
#include "tokens/minter.h"
#include "tokens/recent_news.h"
#include "tokens/scope.h"
#include "tokens/shared_cache.h"
#include "tokens/stops.h"
#include "tokens/token.h"
#include "tokens/touched.h"
#include "tokens/under_way.h"
#include "tokens/warm_schedule.h"

namespace hubwarden::tokens {

struct EngineOptions {
  Thresholds thresholds;
  Duration keep_warm = std::chrono::minutes(30);
  std::size_t max_entries = 100'000;
  // GitHub's own limit for a request is 10 s; what it has not answered then, it will not.
  Duration mint_timeout = std::chrono::seconds(15);
};

struct Wish {
  Wish() = default;
  Wish(Duration min_ttl_, http::CallContext context_) : min_ttl(min_ttl_), context(context_) {}
  Duration min_ttl = Duration::zero();
  http::CallContext context = SteadyPoint::max();
};

struct Served {
  Served(TokenPtr token_, bool stale_) : token(std::move(token_)), stale(stale_) {}
  TokenPtr token;
  bool stale;  // a refresh was due and failed; the token is still good
};

class TokenEngine {
 public:
  struct Parts {
    const Clock& clock;  // GitHub's time, as far as it is known
    net::Timers& timers;
    Random& random;
    Minter& minter;
    SharedCache& shared;
    EngineEvents& events;
  };

  // What a mint tells of a repository, and when it did: told when its token can be found by the id.
  using Learn = std::function<void(const AppRef&, const MintedRepository&, SteadyPoint minted)>;

  TokenEngine(Parts parts, EngineOptions options);
  // Before the first request.
  void teach(Learn learn) { learn_ = std::move(learn); }

  // A token for what is stopped: nobody has it, and it is to be taken back at GitHub.
  using TakeBack = std::function<void(const Scope&, const TokenPtr&)>;
  // Before the first request. `stops` outlives this.
  void heed(const Stops& stops, TakeBack take_back) {
    stops_ = &stops;
    take_back_ = std::move(take_back);
  }

  // A token where it stands in the cache: the way back to it that needs no key.
  class Held;
  using Handle = std::weak_ptr<const Held>;
  struct Peeked {
    TokenPtr token;  // null: there is none, or it needs a refresh
    Handle handle;
  };
  // The cached token if it needs no refresh. Marks the scope as used.
  Peeked peek(std::string_view scope_key, Duration min_ttl);
  // The same by its handle; null once that token was replaced, forgotten or evicted. `now` is the present.
  TokenPtr peek_again(const Handle& handle, SteadyPoint now);
  net::Task<Result<Served>> token(Scope scope, Wish wish);

  // The cached token for which `value` stands and the scope that it has, if there is one.
  struct Known {
    Known(Scope scope_, TokenPtr token_) : scope(std::move(scope_)), token(std::move(token_)) {}
    Scope scope;
    TokenPtr token;
  };
  std::optional<Known> find_by_value(std::string_view value) const;
  // Forgets that very token in both tiers; a newer one stays.
  net::Task<> forget(std::string scope_key, TokenPtr token);
  // Forgets what the news touches: tokens in both tiers, failures and their pauses. A mint that is under way
  // is not kept, and what another replica shares is not believed if it is older.
  net::Task<Forgotten> forget(Touched touched);

  // Takes out of both tiers what is concerned: all of it that this replica knows of and that still lives,
  // those among them that newer ones have replaced. What comes after this is for heed() to stop.
  net::Task<std::vector<Known>> take(std::function<bool(const Scope&)> concerns);

  // The shared tier has lost what it had: all that is held goes there again, but for what is there by then.
  net::Task<> share_again();

  // Since its mint.
  Duration age(const Token& token) const { return parts_.clock.now() - token.facts().minted_at; }
  std::size_t size() const { return cache_.size(); }

  // Refreshes in the background what was used lately and nears its end. Runs until stop(), which waits for
  // it: a task that was made must be run.
  net::Task<> keep_warm();
  // No flight starts any more; returns when those in the air have landed and keep_warm() has ended. After it,
  // and when no caller is inside any more, nothing uses the engine.
  net::Task<> stop();

 private:
  struct Echo;
  struct FailedMint;
  struct Flight;
  using HeldPtr = std::shared_ptr<const Held>;
  using Outcome = Result<Served>;

  void note_replaced(HeldPtr held);
  bool is_stopped(const HeldPtr& held, Flight& flight);
  HeldPtr look(std::string_view key) const;
  std::optional<Failure> failure_of(std::string_view key) const;
  Freshness freshness_of(const Held& held, Duration min_ttl) const;
  Result<Served> settle(const HeldPtr& held, const Outcome& outcome);
  Outcome good_or(const HeldPtr& held, const Error& error) const;
  net::Task<Result<Served>> refresh_then_serve(Scope scope, HeldPtr held, Wish wish);

  using Trace = std::optional<wire::TraceContext>;

  struct Boarded {
    Boarded(std::string flight_, SingleFlight<Outcome>::Ticket ticket_, bool first_)
        : flight(std::move(flight_)), ticket(ticket_), first(first_) {}
    std::string flight;
    SingleFlight<Outcome>::Ticket ticket;
    bool first;  // it has to be started
  };
  Boarded board(const Scope& scope, SingleFlight<Outcome>::Callback callback);
  bool refresh(const Scope& scope, const net::Executor& executor);
  // For whom a flight departs: what the first of its callers wants.
  struct Order {
    Order() = default;
    Order(Duration min_ttl_, Trace trace_) : min_ttl(min_ttl_), trace(trace_) {}
    Duration min_ttl = Duration::zero();
    Trace trace;
  };
  void depart(std::string flight, Scope scope, Order order, const net::Executor& executor);
  net::Task<> fly(std::shared_ptr<Flight> flight);
  net::Task<> obtain(Flight& flight);
  enum class Next { kLand, kMint, kWait };
  net::Task<Next> ask_others(Flight& flight);
  net::Task<LeaseAnswer> take_lease(Flight& flight);
  bool land_on(const Minted& shared, Flight& flight);
  net::Task<> mint(Flight& flight);
  void note_failure(const Error& error, bool is_overtaken, Flight& flight);
  Failure remember_failure(const Scope& scope, Error error, int failed_before);
  net::Task<> hand_on(Flight& flight);
  net::Task<> share(std::string by_names, std::string by_ids, Minted minted, Keep how);
  bool drop(const std::string& key, const HeldPtr& held);
  TokenPtr echo_of(std::string_view flight) const;
  TokenPtr use(const Held& held, Duration min_ttl, SteadyPoint now);
  bool is_better(const Scope& scope, const Token& token) const;
  bool is_outdated(const Scope& scope, const SharedFailure& failed) const;
  static Result<Scope> known_scope(const Scope& asked, const Minted& minted);
  void tell_ids(const HeldPtr& held, const Minted& minted);
  net::Task<> unshare(std::string by_names, std::string by_ids, TokenPtr token);
  HeldPtr adopt(const Scope& scope, TokenPtr token);
  void remember_landing(const std::string& flight, const HeldPtr& held);
  net::Task<> sweep_until_stopped();
  void refresh_due(const net::Executor& executor);
  bool refresh_if_used(const HeldPtr& held, SteadyPoint now, const net::Executor& executor);

  Parts parts_;
  EngineOptions options_;
  Learn learn_ = [](const AppRef&, const MintedRepository&, SteadyPoint) {};
  const Stops* stops_ = &Stops::none();
  TakeBack take_back_ = [](const Scope&, const TokenPtr&) {};
  ShardedLru<std::string, HeldPtr, TextHash> cache_;
  Guarded<std::multimap<TimePoint, HeldPtr>> replaced_;  // by their end: callers may still have them
  ShardedLru<std::string, std::shared_ptr<const FailedMint>, TextHash> failures_;
  ShardedLru<std::uint64_t, std::weak_ptr<const Held>> by_value_;
  ShardedLru<std::string, std::shared_ptr<const Echo>, TextHash> echoes_;
  SingleFlight<Outcome> flights_;
  UnderWay<Scope> mints_;
  RecentNews news_;
  WarmSchedule<std::weak_ptr<const Held>> schedule_;
  std::atomic<int> in_flight_{0};  // flights, and keep_warm()
  net::Event stopping_;
};

}  // namespace hubwarden::tokens
