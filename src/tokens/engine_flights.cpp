// The engine's flights: how a token comes into it.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>
#include <vector>

#include "tokens/engine.h"
#include "tokens/engine_entries.h"

namespace hubwarden::tokens {
namespace {

// A lease outlives the mint that it covers by this much.
constexpr Duration kLeaseMargin = std::chrono::seconds(2);
// After a lost lease, how often a flight asks the shared tier again before it mints regardless.
constexpr int kLeaseRounds = 3;
// Put back at a time: some seconds of a Redis that does little else.
constexpr std::size_t kMostSharedAgain = 20'000;
// A caller that looked before a flight landed may join after it: within this time it is given what landed.
constexpr Duration kEcho = std::chrono::seconds(1);

// By the ids when all of them are known: GitHub is asked by these then, else by the names.
std::string flight_of(const Scope& scope) {
  return scope.repositories().has_all_ids() ? scope.key() : scope.key_by_names();
}

// A caller is served with it; what is due is refreshed behind their backs.
bool is_enough(Freshness freshness) {
  return freshness == Freshness::kFresh || freshness == Freshness::kRefreshAhead;
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
  depart(std::move(flight), scope, Order(), executor);
  return true;
}

// The flight is on its own from here: nobody's deadline but its own ends it.
void TokenEngine::depart(std::string flight, Scope scope, Order order, const net::Executor& executor) {
  in_flight_.fetch_add(1);
  auto departing = std::make_shared<Flight>(std::move(flight), std::move(scope), order,
                                            std::to_string(parts_.random.next()));
  boost::asio::co_spawn(executor, fly(std::move(departing)), boost::asio::detached);
}

// Callers have what there is before the other replicas are told: nobody waits for the shared tier then.
net::Task<> TokenEngine::fly(std::shared_ptr<Flight> flight) {
  try {
    co_await obtain(*flight);
  } catch (const std::exception&) {
    // Third-party code threw: the waiters learn of an internal error, never of its text.
  }
  flights_.land(flight->name, flight->outcome);
  try {
    co_await hand_on(*flight);
  } catch (const std::exception&) {
    // The others find nothing, and the lease ends by itself.
  }
  in_flight_.fetch_sub(1);
}

// A token that some other flight or replica has brought meanwhile, else a mint under the fleet's lease.
net::Task<> TokenEngine::obtain(Flight& flight) {
  if (stopping_.is_set()) {
    flight.outcome = fail(ErrorCode::kUnavailable, "hubwarden is shutting down");
    co_return;
  }
  const TokenPtr echo = echo_of(flight.name);
  if (echo) {
    flight.outcome = Served(echo, false);
    co_return;
  }
  const SteadyPoint deadline = later(parts_.clock.steady_now(), options_.mint_timeout);
  for (int round = 0; round < kLeaseRounds && flight.is_patient(); ++round) {
    const Next next = co_await ask_others(flight);
    if (next == Next::kLand) co_return;
    if (next == Next::kMint || !flight.is_patient()) break;
    const Duration by_tier = co_await parts_.shared.wait_for_release(flight.lease, deadline);
    flight.waited += by_tier;
  }
  co_await mint(flight);
  if (!flight.outcome) flight.outcome = good_or(flight.held, flight.outcome.error());
}

net::Task<TokenEngine::Next> TokenEngine::ask_others(Flight& flight) {
  const SharedFind shared = co_await parts_.shared.find(flight.key);
  flight.waited += shared.took;
  if (shared.minted && land_on(*shared.minted, flight)) co_return Next::kLand;
  if (!flight.is_patient()) co_return Next::kMint;
  const LeaseAnswer answer = co_await take_lease(flight);
  if (answer.kind == LeaseAnswer::Kind::kPaused) {
    const Failure& failure = answer.last_failure->failure;
    failures_.put(flight.key, std::make_shared<const FailedMint>(flight.scope, failure));
    flight.outcome = good_or(flight.held, failure.error(parts_.clock.steady_now()));
    co_return Next::kLand;
  }
  if (answer.last_failure) flight.failed_before = answer.last_failure->failure.consecutive();
  // Another may have minted and given the lease back since the first look.
  if (answer.kept && land_on(*answer.kept, flight)) co_return Next::kLand;
  co_return answer.kind == LeaseAnswer::Kind::kTaken ? Next::kMint : Next::kWait;
}

// Takes over what another replica has brought, if it is better than what is held here. True when it is good
// enough to land with.
bool TokenEngine::land_on(const Minted& shared, Flight& flight) {
  const Result<Scope> known = known_scope(flight.scope, shared);
  // By the ids, when they were asked for: the name may be another repository's by now.
  const bool fits = known && (!flight.scope.repositories().has_all_ids() || known->key() == flight.key);
  if (!fits || !is_better(flight.scope, *shared.token)) return false;
  flight.held = adopt(*known, shared.token);
  if (is_stopped(flight.held, flight)) return true;
  tell_ids(flight.held, shared);
  if (!is_enough(freshness_of(*flight.held, flight.order.min_ttl))) return false;
  remember_landing(flight.name, flight.held);
  flight.outcome = Served(flight.held->token(), false);
  return true;
}

// Paused also by a failure that only this replica has met. GitHub may have said since another's that
// something is different now.
net::Task<LeaseAnswer> TokenEngine::take_lease(Flight& flight) {
  const std::optional<Failure> own = failure_of(flight.key);
  if (own) co_return LeaseAnswer(LeaseAnswer::Kind::kPaused, SharedFailure(*own, parts_.clock.now()));
  flight.has_asked_for_lease = true;
  const Duration length = options_.mint_timeout + kLeaseMargin;
  LeaseAnswer answer = co_await parts_.shared.take_lease(flight.lease, flight.owner, length, Pauses::kHeed);
  flight.waited += answer.took;
  const bool is_paused = answer.kind == LeaseAnswer::Kind::kPaused;
  if (!is_paused || !is_outdated(flight.scope, *answer.last_failure)) co_return answer;
  if (!flight.is_patient()) co_return LeaseAnswer();
  LeaseAnswer again = co_await parts_.shared.take_lease(flight.lease, flight.owner, length, Pauses::kIgnore);
  flight.waited += again.took;
  co_return again;
}

// Whether what another replica has minted is good, and better than what is held here.
bool TokenEngine::is_better(const Scope& scope, const Token& token) const {
  const HeldPtr held = look(scope.key());
  if (held && held->token()->expires_at() >= token.expires_at()) return false;
  const TimePoint minted_at = token.facts().minted_at;
  const Lifespan life{minted_at, token.facts().expires_at};
  if (freshness(life, parts_.clock.now(), options_.thresholds) == Freshness::kDead) return false;
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
  return asked.with(std::move(*named));
}

// To whoever wants to know: the token can be found by them now.
void TokenEngine::tell_ids(const HeldPtr& held, const Minted& minted) {
  const Duration age = parts_.clock.now() - minted.token->facts().minted_at;
  const SteadyPoint since = later(parts_.clock.steady_now(), -age);
  for (const MintedRepository& each : minted.repositories) learn_(held->scope().app(), each, since);
}

net::Task<> TokenEngine::mint(Flight& flight) {
  const SteadyPoint started = parts_.clock.steady_now();
  const UnderWay<Scope>::Question question(mints_, flight.scope);
  const http::CallContext context(later(started, options_.mint_timeout), flight.order.trace);
  Result<Minted> minted = co_await parts_.minter.mint(flight.scope, context);
  if (minted) {
    parts_.events.minted(flight.scope, *minted->token, parts_.clock.steady_now() - started);
  } else {
    parts_.events.mint_failed(flight.scope, minted.error());
  }
  const Result<Scope> known = minted ? known_scope(flight.scope, *minted) : std::unexpected(minted.error());
  if (!known) {
    note_failure(known.error(), question.is_overtaken(), flight);
    co_return;
  }
  failures_.erase(flight.key);
  const HeldPtr held = adopt(*known, minted->token);
  if (is_stopped(held, flight)) co_return;
  flight.outcome = Served(held->token(), false);
  // Asked now that it is there: news that came before this found the question, later news finds the token.
  if (question.is_overtaken()) {
    drop(known->key(), held);
    co_return;
  }
  remember_landing(flight.name, held);
  tell_ids(held, *minted);
  flight.by_ids = known->key();
  flight.adopted = held;
  flight.minted = std::move(*minted);
  flight.minted->by.emplace(flight.scope.app(), flight.scope.installation());
}

// Asked now that it is there: who stops its scope later finds it, and takes it back himself.
bool TokenEngine::is_stopped(const HeldPtr& held, Flight& flight) {
  std::optional<Error> why = stops_->of(held->scope());
  if (!why) return false;
  flight.outcome = std::unexpected(*std::move(why));
  flight.stopped = held;
  if (drop(held->scope().key(), held)) take_back_(held->scope(), held->token());
  return true;
}

void TokenEngine::note_failure(const Error& error, bool is_overtaken, Flight& flight) {
  Failure failure = remember_failure(flight.scope, error, flight.failed_before);
  flight.outcome = std::unexpected(failure.error(parts_.clock.steady_now()));
  if (is_overtaken) {
    failures_.erase(flight.key);
  } else if (!failure.is_ours_alone()) {
    flight.failure.emplace(std::move(failure), parts_.clock.now());
  }
}

net::Task<> TokenEngine::hand_on(Flight& flight) {
  if (flight.minted) co_await share(flight.lease, flight.by_ids, *flight.minted, Keep::kReplace);
  // It may have been stopped since, and looked for there before it was shared.
  if (flight.minted && !flight.stopped && stops_->of(flight.adopted->scope()))
    flight.stopped = flight.adopted;
  if (flight.stopped) {
    const Scope& scope = flight.stopped->scope();
    co_await unshare(scope.key_by_names(), scope.key(), flight.stopped->token());
  }
  if (!flight.has_asked_for_lease) co_return;
  co_await parts_.shared.release_lease(flight.lease, flight.owner, std::move(flight.failure));
}

// By the names, too, for replicas that know no ids yet: who finds it learns them, as of its mint.
net::Task<> TokenEngine::share(std::string by_names, std::string by_ids, Minted minted, Keep how) {
  const Token& token = *minted.token;
  const Thresholds limits = options_.thresholds.scaled_to(token.lifetime());
  const Duration useful = token.remaining(parts_.clock.now()) - limits.floor;
  if (useful <= Duration::zero()) co_return;
  if (by_names != by_ids) co_await parts_.shared.keep(std::move(by_names), minted, useful, how);
  co_await parts_.shared.keep(std::move(by_ids), std::move(minted), useful, how);
}

net::Task<> TokenEngine::share_again() {
  std::vector<HeldPtr> held;
  cache_.for_each([&held](const std::string&, const HeldPtr& each) {
    if (held.size() < kMostSharedAgain) held.push_back(each);
  });
  for (const HeldPtr& each : held) {
    const Scope& scope = each->scope();
    Minted minted(each->token(), {});
    minted.by.emplace(scope.app(), scope.installation());
    for (const RepositoryRef& repository : scope.repositories().chosen()) {
      minted.repositories.emplace_back(repository.name(), repository);
    }
    co_await share(scope.key_by_names(), scope.key(), std::move(minted), Keep::kIfMissing);
  }
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
  if (before) {
    before->retire();
    note_replaced(before);
  }
  by_value_.put(hash_of(held->token()->reveal()), held);
  const Thresholds limits = options_.thresholds.scaled_to(held->token()->lifetime());
  const Duration ahead = refresh_ahead_with_jitter(limits.refresh_ahead, parts_.random.unit());
  schedule_.add(later(now, held->token()->remaining(parts_.clock.now()) - ahead), held);
  return held;
}

}  // namespace hubwarden::tokens
