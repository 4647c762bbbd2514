#include "tokens/engine.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/text.h"

namespace hubwarden::tokens {
namespace {

// How often the schedule is looked at; a token's thresholds are seconds at the least.
constexpr Duration kSweep = std::chrono::seconds(1);
// Background refreshes that start in one sweep: GitHub allows 100 requests at a time and callers come first.
constexpr std::size_t kMostPerSweep = 32;
// Entries that one sweep looks at: most of them stand for tokens that were replaced or lapse, and cost a map
// look-up.
constexpr std::size_t kMostLookedAt = 4096;
// A lease outlives the mint that it covers by this much.
constexpr Duration kLeaseMargin = std::chrono::seconds(2);
// After a lost lease, how often a flight asks the shared tier again before it mints regardless.
constexpr int kLeaseRounds = 3;
// A caller that looked before a flight landed may join after it: within this time it is given what landed.
constexpr Duration kEcho = std::chrono::seconds(1);
constexpr std::size_t kMaxEchoes = 4096;
constexpr Duration kStopPoll = std::chrono::milliseconds(20);

std::uint64_t hash_of(std::string_view value) {
  return std::hash<std::string_view>{}(value);
}

// By the ids when all of them are known: GitHub is asked by these then, else by the names.
std::string flight_of(const Scope& scope) {
  return scope.repositories().has_all_ids() ? scope.key() : scope.key_by_names();
}

SteadyPoint later(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

}  // namespace

class TokenEngine::Held {
 public:
  Held(Scope scope, TokenPtr token, SteadyPoint used) : token_(std::move(token)), scope_(std::move(scope)) {
    touch(used);
  }

  const Scope& scope() const { return scope_; }
  const TokenPtr& token() const { return token_; }
  Lifespan lifespan() const { return {token_->facts().minted_at, token_->facts().expires_at}; }
  void touch(SteadyPoint now) const { last_used_.store(now, std::memory_order_relaxed); }
  SteadyPoint last_used() const { return last_used_.load(std::memory_order_relaxed); }
  // It is not in the cache any more: whoever has a handle looks there again.
  void retire() const { retired_.store(true, std::memory_order_release); }
  bool is_retired() const { return retired_.load(std::memory_order_acquire); }

 private:
  // What a request reads comes first, to lie together.
  const TokenPtr token_;
  mutable std::atomic<SteadyPoint> last_used_{};
  mutable std::atomic<bool> retired_{false};
  const Scope scope_;
};

struct TokenEngine::Echo {
  Echo(SteadyPoint landed_, HeldPtr held_) : landed(landed_), held(std::move(held_)) {}
  SteadyPoint landed;
  HeldPtr held;
};

struct TokenEngine::FailedMint {
  FailedMint(Scope scope_, Failure failure_) : scope(std::move(scope_)), failure(std::move(failure_)) {}
  Scope scope;
  Failure failure;
};

TokenEngine::TokenEngine(Parts parts, EngineOptions options)
    : parts_(parts),
      options_(options),
      cache_(options.max_entries),
      failures_(options.max_entries),
      by_value_(options.max_entries),
      echoes_(kMaxEchoes) {
}

TokenEngine::HeldPtr TokenEngine::look(std::string_view key) const {
  return cache_.get(key).value_or(nullptr);
}

std::optional<Failure> TokenEngine::failure_of(std::string_view key) const {
  const auto failed = failures_.get(key);
  if (!failed || (*failed)->failure.is_over(parts_.clock.steady_now())) return std::nullopt;
  return (*failed)->failure;
}

Freshness TokenEngine::freshness_of(const Held& held, Duration min_ttl) const {
  return freshness(held.lifespan(), parts_.clock.now(), options_.thresholds, min_ttl);
}

TokenEngine::Peeked TokenEngine::peek(std::string_view scope_key, Duration min_ttl) {
  const HeldPtr held = look(scope_key);
  if (!held) return {};
  return {use(*held, min_ttl, parts_.clock.steady_now()), held};
}

TokenPtr TokenEngine::peek_again(const Handle& handle, SteadyPoint now) {
  const HeldPtr held = handle.lock();
  return held && !held->is_retired() ? use(*held, Duration::zero(), now) : nullptr;
}

TokenPtr TokenEngine::use(const Held& held, Duration min_ttl, SteadyPoint now) {
  held.touch(now);
  return freshness_of(held, min_ttl) == Freshness::kFresh ? held.token() : nullptr;
}

net::Task<Result<Served>> TokenEngine::token(Scope scope, Wish wish) {
  const std::string key = scope.key();
  HeldPtr held = look(key);
  const Freshness state = held ? freshness_of(*held, wish.min_ttl) : Freshness::kDead;
  if (held) held->touch(parts_.clock.steady_now());
  if (state == Freshness::kFresh) co_return Served(held->token(), false);

  const std::optional<Failure> failure = failure_of(key);
  if (state == Freshness::kRefreshAhead) {
    const net::Executor executor = co_await boost::asio::this_coro::executor;
    if (!failure) refresh(scope, executor);
    co_return Served(held->token(), false);
  }
  if (failure) co_return settle(held, std::unexpected(failure->error(parts_.clock.steady_now())));
  Result<Served> served = co_await refresh_then_serve(std::move(scope), std::move(held), wish);
  co_return served;
}

// What a caller gets of a refresh: the new token, the old one while it is good and the trouble passes, or the
// error.
Result<Served> TokenEngine::settle(const HeldPtr& held, const Outcome& outcome) {
  if (outcome) return Served(*outcome, false);
  const bool passes = kind_of(outcome.error().code()) != FailureKind::kPermanent;
  if (!held || !passes || freshness_of(*held, Duration::zero()) == Freshness::kDead) {
    return std::unexpected(outcome.error());
  }
  parts_.events.served_stale(held->scope(), *held->token());
  return Served(held->token(), true);
}

net::Task<Result<Served>> TokenEngine::refresh_then_serve(Scope scope, HeldPtr held, Wish wish) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  auto landing = std::make_shared<net::OneShot<Outcome>>(executor);
  const Boarded boarded = board(scope, [landing](const Outcome& outcome) { landing->set(outcome); });
  if (boarded.first) depart(boarded.flight, std::move(scope), wish.context.trace, executor);

  const std::optional<Outcome> outcome = co_await landing->wait_until(parts_.timers, wish.context.deadline);
  if (outcome) co_return settle(held, *outcome);
  flights_.leave(boarded.flight, boarded.ticket);
  Outcome late = fail(ErrorCode::kUpstreamTimeout, "GitHub has not answered within the request's deadline");
  co_return settle(held, late);
}

// An id may be learnt while a flight that set out by the names is in the air: who knows it joins that one.
TokenEngine::Boarded TokenEngine::board(const Scope& scope, SingleFlight<Outcome>::Callback callback) {
  std::string flight = flight_of(scope);
  std::string by_names = scope.key_by_names();
  const auto ticket = flights_.join_in_flight(by_names, callback);
  if (ticket) return Boarded(std::move(by_names), *ticket, false);
  const auto joined = flights_.join(flight, std::move(callback));
  return Boarded(std::move(flight), joined.ticket, joined.first);
}

// In the background, for nobody. False when a flight is in the air already.
bool TokenEngine::refresh(const Scope& scope, const net::Executor& executor) {
  std::string flight = flight_of(scope);
  if (flights_.in_flight(scope.key_by_names()) || !flights_.start(flight)) return false;
  depart(std::move(flight), scope, std::nullopt, executor);
  return true;
}

// The flight is on its own from here: nobody's deadline but its own ends it.
void TokenEngine::depart(std::string flight, Scope scope, Trace trace, const net::Executor& executor) {
  in_flight_.fetch_add(1);
  boost::asio::co_spawn(executor, fly(std::move(flight), std::move(scope), trace), boost::asio::detached);
}

net::Task<> TokenEngine::fly(std::string flight, Scope scope, Trace trace) {
  Outcome outcome = fail(ErrorCode::kInternal, "the mint ended unexpectedly");
  try {
    Outcome obtained = co_await obtain(flight, std::move(scope), trace);
    outcome = std::move(obtained);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  flights_.land(flight, outcome);
  in_flight_.fetch_sub(1);
}

// A token that some other flight or replica has brought meanwhile, else a mint under the fleet's lease.
net::Task<TokenEngine::Outcome> TokenEngine::obtain(const std::string& flight, Scope scope, Trace trace) {
  if (stopping_.is_set()) co_return fail(ErrorCode::kUnavailable, "hubwarden is shutting down");
  const std::string key = scope.key();
  const TokenPtr echo = echo_of(flight);
  if (echo) co_return echo;
  // By the names: a replica that knows the ids and one that does not yet ask for the same.
  const std::string lease = scope.key_by_names();
  const std::string owner = std::to_string(parts_.random.next());
  const SteadyPoint deadline = later(parts_.clock.steady_now(), options_.mint_timeout);

  for (int round = 0; round < kLeaseRounds; ++round) {
    const std::optional<Minted> shared = co_await parts_.shared.find(key);
    if (shared && is_news(key, *shared->token)) {
      const Result<Scope> known = known_scope(scope, *shared);
      if (known) {
        const HeldPtr held = adopt(*known, shared->token);
        announce(flight, held, *shared);
        co_return held->token();
      }
    }
    const bool leased = co_await parts_.shared.take_lease(lease, owner, options_.mint_timeout + kLeaseMargin);
    if (leased) break;
    co_await parts_.shared.wait_for_release(lease, deadline);
  }
  Outcome outcome = co_await mint(flight, std::move(scope), trace);
  co_await parts_.shared.release_lease(lease, owner);
  co_return outcome;
}

// Whether what another replica has minted is better than what is held here.
bool TokenEngine::is_news(std::string_view key, const Token& token) const {
  const HeldPtr held = look(key);
  if (held && held->token()->expires_at() >= token.expires_at()) return false;
  const Lifespan life{token.facts().minted_at, token.facts().expires_at};
  return freshness(life, parts_.clock.now(), options_.thresholds) == Freshness::kFresh;
}

// GitHub has told the repositories' ids: the token lives under them, whatever it was asked by.
Result<Scope> TokenEngine::known_scope(const Scope& asked, const Minted& minted) {
  if (asked.repositories().is_all()) return asked;
  std::vector<RepositoryRef> repositories;
  for (const MintedRepository& each : minted.repositories) {
    repositories.emplace_back(each.asked, each.answered.id());
  }
  Result<RepositorySelection> named = RepositorySelection::of(std::move(repositories));
  if (!named) return std::unexpected(named.error());
  return Scope(asked.app(), asked.installation(), std::move(*named), asked.permissions());
}

// It can be found now: told to the next flight, and to whoever wants to know ids.
void TokenEngine::announce(const std::string& flight, const HeldPtr& held, const Minted& minted) {
  remember_landing(flight, held);
  const Duration age = parts_.clock.now() - minted.token->facts().minted_at;
  const SteadyPoint since = later(parts_.clock.steady_now(), -age);
  for (const MintedRepository& each : minted.repositories) learn_(held->scope().app(), each, since);
}

net::Task<TokenEngine::Outcome> TokenEngine::mint(const std::string& flight, Scope scope, Trace trace) {
  const SteadyPoint started = parts_.clock.steady_now();
  const UnderWay<Scope>::Question question(mints_, scope);
  const http::CallContext context(later(started, options_.mint_timeout), trace);
  Result<Minted> minted = co_await parts_.minter.mint(scope, context);
  if (!minted) {
    parts_.events.mint_failed(scope, minted.error());
    Outcome outcome = remember_failure(scope, minted.error());
    if (question.is_overtaken()) failures_.erase(scope.key());
    co_return outcome;
  }
  parts_.events.minted(scope, *minted->token, parts_.clock.steady_now() - started);

  const Result<Scope> known = known_scope(scope, *minted);
  if (!known) co_return remember_failure(scope, known.error());
  failures_.erase(scope.key());
  const HeldPtr held = adopt(*known, minted->token);
  const TokenPtr token = held->token();
  // Asked now that it is there: news that came before this found the question, later news finds the token.
  if (question.is_overtaken()) {
    drop(known->key(), held);
    co_return token;
  }
  announce(flight, held, *minted);
  co_await share(scope.key_by_names(), known->key(), *minted);
  co_return token;
}

// By the names, too, for replicas that know no ids yet: who finds it learns them, as of its mint.
net::Task<> TokenEngine::share(std::string by_names, std::string by_ids, Minted minted) {
  const Thresholds limits = options_.thresholds.scaled_to(minted.token->lifetime());
  const Duration useful = minted.token->remaining(parts_.clock.now()) - limits.floor;
  if (by_names != by_ids) co_await parts_.shared.keep(std::move(by_names), minted, useful);
  co_await parts_.shared.keep(std::move(by_ids), std::move(minted), useful);
}

net::Task<> TokenEngine::unshare(std::string by_names, std::string by_ids, TokenPtr token) {
  if (by_names != by_ids) co_await parts_.shared.forget(std::move(by_names), token);
  co_await parts_.shared.forget(std::move(by_ids), std::move(token));
}

TokenEngine::Outcome TokenEngine::remember_failure(const Scope& scope, Error error) {
  const std::string key = scope.key();
  const SteadyPoint now = parts_.clock.steady_now();
  const auto before = failures_.get(key);
  const int consecutive = before ? (*before)->failure.consecutive() + 1 : 1;
  Failure failure(std::move(error), consecutive, now, parts_.random);
  Outcome outcome = std::unexpected(failure.error(now));
  failures_.put(key, std::make_shared<const FailedMint>(scope, std::move(failure)));
  return outcome;
}

// For the next flight by names and for the next by ids: who looked in vain before this landing may start one.
void TokenEngine::remember_landing(const std::string& flight, const HeldPtr& held) {
  const auto echo = std::make_shared<const Echo>(parts_.clock.steady_now(), held);
  std::string by_ids = held->scope().key();
  if (by_ids != flight) echoes_.put(flight, echo);
  echoes_.put(std::move(by_ids), echo);
}

TokenPtr TokenEngine::echo_of(std::string_view flight) const {
  const auto echo = echoes_.get(flight);
  if (!echo || parts_.clock.steady_now() - (*echo)->landed > kEcho) return nullptr;
  const HeldPtr& held = (*echo)->held;
  return look(held->scope().key()) == held ? held->token() : nullptr;
}

// Holds the token for its scope and sees to its refresh in good time.
TokenEngine::HeldPtr TokenEngine::adopt(const Scope& scope, TokenPtr token) {
  const SteadyPoint now = parts_.clock.steady_now();
  const std::string key = scope.key();
  const HeldPtr before = look(key);
  auto held = std::make_shared<const Held>(scope, std::move(token), before ? before->last_used() : now);
  cache_.put(key, held);
  if (before) before->retire();
  by_value_.put(hash_of(held->token()->reveal()), held);
  const Thresholds limits = options_.thresholds.scaled_to(held->token()->lifetime());
  const Duration ahead = refresh_ahead_with_jitter(limits.refresh_ahead, parts_.random.unit());
  schedule_.add(later(now, held->token()->remaining(parts_.clock.now()) - ahead), held);
  return held;
}

std::optional<TokenEngine::Known> TokenEngine::find_by_value(std::string_view value) const {
  const auto found = by_value_.get(hash_of(value));
  const HeldPtr held = found ? found->lock() : nullptr;
  if (!held || !equal_in_constant_time(held->token()->reveal(), value)) return std::nullopt;
  return Known(held->scope(), held->token());
}

net::Task<> TokenEngine::forget(std::string scope_key, TokenPtr token) {
  HeldPtr gone;
  cache_.erase_if(scope_key, [&](const HeldPtr& kept) {
    if (equal_in_constant_time(kept->token()->reveal(), token->reveal())) gone = kept;
    return gone != nullptr;
  });
  std::string by_names = scope_key;
  if (gone) {
    gone->retire();
    parts_.events.forgotten(gone->scope(), *token);
    by_names = gone->scope().key_by_names();
  }
  co_await unshare(std::move(by_names), std::move(scope_key), std::move(token));
}

// Only this one: it may have been replaced meanwhile, by one that GitHub has given since.
bool TokenEngine::drop(const std::string& key, const HeldPtr& held) {
  if (!cache_.erase_if(key, [&held](const HeldPtr& kept) { return kept == held; })) return false;
  held->retire();
  parts_.events.forgotten(held->scope(), *held->token());
  return true;
}

net::Task<Forgotten> TokenEngine::forget(Touched touched) {
  // First those under way: what lands after this is not kept, what landed before is found below.
  mints_.overtake([&touched](const Scope& scope) { return touched.mint_under_way(scope); });
  std::vector<HeldPtr> gone;
  cache_.for_each([&](const std::string& key, const HeldPtr& held) {
    if (touched.token(held->scope()) && drop(key, held)) gone.push_back(held);
  });
  Forgotten forgotten;
  forgotten.tokens = gone.size();
  failures_.for_each([&](const std::string& key, const std::shared_ptr<const FailedMint>& failed) {
    if (touched.failed_mint(failed->scope, failed->failure.code()) && failures_.erase(key))
      ++forgotten.failures;
  });
  for (const HeldPtr& held : gone) {
    co_await unshare(held->scope().key_by_names(), held->scope().key(), held->token());
  }
  co_return forgotten;
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> TokenEngine::keep_warm() {
  in_flight_.fetch_add(1);
  return sweep_until_stopped();
}

net::Task<> TokenEngine::sweep_until_stopped() {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    const bool stopping =
        co_await stopping_.wait_until(parts_.timers, later(parts_.clock.steady_now(), kSweep));
    if (stopping) break;
    refresh_due(executor);
  }
  in_flight_.fetch_sub(1);
}

void TokenEngine::refresh_due(const net::Executor& executor) {
  const SteadyPoint now = parts_.clock.steady_now();
  std::size_t started = 0;
  for (std::size_t looked_at = 0; started < kMostPerSweep && looked_at < kMostLookedAt;) {
    const auto due = schedule_.take(now, kMostPerSweep - started);
    if (due.empty()) return;
    looked_at += due.size();
    for (const std::weak_ptr<const Held>& each : due) {
      const HeldPtr held = each.lock();
      if (held && refresh_if_used(held, now, executor)) ++started;
    }
  }
}

// True if it started a refresh.
bool TokenEngine::refresh_if_used(const HeldPtr& held, SteadyPoint now, const net::Executor& executor) {
  const std::string key = held->scope().key();
  // Replaced, evicted, forgotten, or not asked for in a while: it may lapse.
  if (look(key) != held || now - held->last_used() > options_.keep_warm) return false;
  if (freshness_of(*held, Duration::zero()) == Freshness::kDead) return false;
  const std::optional<Failure> failure = failure_of(key);
  // Looked at again in any case: this refresh may fail, and then the next one is due when the pause is over.
  schedule_.add(failure ? failure->not_before() : later(now, options_.mint_timeout), held);
  return !failure && refresh(held->scope(), executor);
}

net::Task<> TokenEngine::stop() {
  stopping_.set();
  while (in_flight_.load() > 0) {
    co_await net::sleep_until(parts_.timers, later(parts_.clock.steady_now(), kStopPoll));
  }
}

}  // namespace hubwarden::tokens
