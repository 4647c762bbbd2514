// The engine's flights: how a token comes into it.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "tokens/engine.h"
#include "tokens/engine_entries.h"

namespace hubwarden::tokens {
namespace {

// A lease outlives the mint that it covers by this much.
constexpr Duration kLeaseMargin = std::chrono::seconds(2);
// After a lost lease, how often a flight asks the shared tier again before it mints regardless.
constexpr int kLeaseRounds = 3;
// A caller that looked before a flight landed may join after it: within this time it is given what landed.
constexpr Duration kEcho = std::chrono::seconds(1);

// By the ids when all of them are known: GitHub is asked by these then, else by the names.
std::string flight_of(const Scope& scope) {
  return scope.repositories().has_all_ids() ? scope.key() : scope.key_by_names();
}

}  // namespace

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

// Callers have what there is before the other replicas are told: nobody waits for the shared tier then.
net::Task<> TokenEngine::fly(std::string flight, Scope scope, Trace trace) {
  std::string lease = scope.key_by_names();
  Landing landing(fail(ErrorCode::kInternal, "the mint ended unexpectedly"));
  try {
    Landing obtained = co_await obtain(flight, std::move(scope), trace);
    landing = std::move(obtained);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  flights_.land(flight, landing.outcome);
  try {
    co_await hand_on(std::move(lease), std::move(landing));
  } catch (const std::exception&) {
    // The others find nothing, and the lease ends by itself.
  }
  in_flight_.fetch_sub(1);
}

// A token that some other flight or replica has brought meanwhile, else a mint under the fleet's lease.
net::Task<TokenEngine::Landing> TokenEngine::obtain(const std::string& flight, Scope scope, Trace trace) {
  if (stopping_.is_set()) co_return Landing(fail(ErrorCode::kUnavailable, "hubwarden is shutting down"));
  const std::string key = scope.key();
  const TokenPtr echo = echo_of(flight);
  if (echo) co_return Landing(echo);
  // By the names: a replica that knows the ids and one that does not yet ask for the same.
  const std::string lease = scope.key_by_names();
  const std::string owner = std::to_string(parts_.random.next());
  const SteadyPoint deadline = later(parts_.clock.steady_now(), options_.mint_timeout);
  Landing landing(owner);

  for (int round = 0; round < kLeaseRounds; ++round) {
    const std::optional<Minted> shared = co_await parts_.shared.find(key);
    if (shared && is_news(scope, key, *shared->token)) {
      const Result<Scope> known = known_scope(scope, *shared);
      if (known) {
        const HeldPtr held = adopt(*known, shared->token);
        announce(flight, held, *shared);
        co_return Landing(held->token());
      }
    }
    const LeaseAnswer answer = co_await take_lease(scope, lease, owner);
    if (answer.kind == LeaseAnswer::Kind::kPaused) {
      const Failure& failure = answer.last_failure->failure;
      failures_.put(key, std::make_shared<const FailedMint>(scope, failure));
      co_return Landing(std::unexpected(failure.error(parts_.clock.steady_now())));
    }
    if (answer.last_failure) landing.failed_before = answer.last_failure->failure.consecutive();
    if (answer.kind == LeaseAnswer::Kind::kTaken) break;
    co_await parts_.shared.wait_for_release(lease, deadline);
  }
  co_await mint(flight, std::move(scope), trace, landing);
  co_return landing;
}

// GitHub may have said since that failure that something is different now.
net::Task<LeaseAnswer> TokenEngine::take_lease(Scope scope, std::string lease, std::string owner) {
  const Duration length = options_.mint_timeout + kLeaseMargin;
  LeaseAnswer answer = co_await parts_.shared.take_lease(lease, owner, length, Pauses::kHeed);
  const bool is_paused = answer.kind == LeaseAnswer::Kind::kPaused;
  if (!is_paused || !is_outdated(scope, *answer.last_failure)) co_return answer;
  LeaseAnswer again =
      co_await parts_.shared.take_lease(std::move(lease), std::move(owner), length, Pauses::kIgnore);
  co_return again;
}

// Whether what another replica has minted is better than what is held here.
bool TokenEngine::is_news(const Scope& scope, std::string_view key, const Token& token) const {
  const HeldPtr held = look(key);
  if (held && held->token()->expires_at() >= token.expires_at()) return false;
  const TimePoint minted_at = token.facts().minted_at;
  const Lifespan life{minted_at, token.facts().expires_at};
  if (freshness(life, parts_.clock.now(), options_.thresholds) != Freshness::kFresh) return false;
  return !news_.any(
      [&](const Touched& touched) { return !touched.is_known_to(minted_at) && touched.token(scope); });
}

bool TokenEngine::is_outdated(const Scope& scope, const SharedFailure& failed) const {
  const ErrorCode code = failed.failure.code();
  return news_.any([&](const Touched& touched) {
    return !touched.is_known_to(failed.met_at) && touched.failed_mint(scope, code);
  });
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

net::Task<> TokenEngine::mint(const std::string& flight, Scope scope, Trace trace, Landing& landing) {
  const SteadyPoint started = parts_.clock.steady_now();
  const UnderWay<Scope>::Question question(mints_, scope);
  const http::CallContext context(later(started, options_.mint_timeout), trace);
  Result<Minted> minted = co_await parts_.minter.mint(scope, context);
  const Result<Scope> known = minted ? known_scope(scope, *minted) : std::unexpected(minted.error());
  if (minted) parts_.events.minted(scope, *minted->token, parts_.clock.steady_now() - started);
  if (!known) {
    if (!minted) parts_.events.mint_failed(scope, known.error());
    Failure failure = remember_failure(scope, known.error(), landing.failed_before);
    landing.outcome = std::unexpected(failure.error(parts_.clock.steady_now()));
    if (question.is_overtaken()) {
      failures_.erase(scope.key());
    } else if (!failure.is_ours_alone()) {
      landing.failure.emplace(std::move(failure), parts_.clock.now());
    }
    co_return;
  }

  failures_.erase(scope.key());
  const HeldPtr held = adopt(*known, minted->token);
  landing.outcome = held->token();
  // Asked now that it is there: news that came before this found the question, later news finds the token.
  if (question.is_overtaken()) {
    drop(known->key(), held);
    co_return;
  }
  announce(flight, held, *minted);
  landing.by_ids = known->key();
  landing.minted = std::move(*minted);
}

// By the names, too, for replicas that know no ids yet: who finds it learns them, as of its mint.
net::Task<> TokenEngine::hand_on(std::string lease, Landing landing) {
  if (landing.minted) {
    const Token& token = *landing.minted->token;
    const Thresholds limits = options_.thresholds.scaled_to(token.lifetime());
    const Duration useful = token.remaining(parts_.clock.now()) - limits.floor;
    if (lease != landing.by_ids) co_await parts_.shared.keep(lease, *landing.minted, useful);
    co_await parts_.shared.keep(landing.by_ids, *landing.minted, useful);
  }
  if (landing.owner.empty()) co_return;
  co_await parts_.shared.release_lease(std::move(lease), landing.owner, std::move(landing.failure));
}

// `failed_before`: how often in a row another replica has failed.
Failure TokenEngine::remember_failure(const Scope& scope, Error error, int failed_before) {
  const std::string key = scope.key();
  const auto before = failures_.get(key);
  const int consecutive = std::max(before ? (*before)->failure.consecutive() : 0, failed_before) + 1;
  Failure failure(std::move(error), consecutive, parts_.clock.steady_now(), parts_.random);
  failures_.put(key, std::make_shared<const FailedMint>(scope, failure));
  return failure;
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

}  // namespace hubwarden::tokens
