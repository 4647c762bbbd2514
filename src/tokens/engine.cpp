#include "tokens/engine.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/text.h"
#include "tokens/engine_entries.h"

namespace hubwarden::tokens {
namespace {

// How often the schedule is looked at; a token's thresholds are seconds at the least.
constexpr Duration kSweep = std::chrono::seconds(1);
// Background refreshes that start in one sweep: GitHub allows 100 requests at a time and callers come first.
constexpr std::size_t kMostPerSweep = 32;
// Entries that one sweep looks at: most of them stand for tokens that were replaced or lapse, and cost a map
// look-up.
constexpr std::size_t kMostLookedAt = 4096;
constexpr std::size_t kMaxEchoes = 4096;
constexpr Duration kStopPoll = std::chrono::milliseconds(20);

}  // namespace

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
  if (std::optional<Error> why = stops_->of(scope)) co_return std::unexpected(*std::move(why));
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
  // Without a token of its own a flight only looks whether another replica has one.
  const bool has_token = held && freshness_of(*held, Duration::zero()) != Freshness::kDead;
  if (failure && has_token) {
    co_return settle(held, std::unexpected(failure->error(parts_.clock.steady_now())));
  }
  Result<Served> served = co_await refresh_then_serve(scope, std::move(held), wish);
  if (std::optional<Error> why = stops_->of(scope)) co_return std::unexpected(*std::move(why));
  co_return served;
}

// What a caller gets of a refresh: the new token, an old one while it is good and the trouble passes, or the
// error.
Result<Served> TokenEngine::settle(const HeldPtr& held, const Outcome& outcome) {
  Outcome settled = outcome;
  if (!outcome) settled = good_or(held, outcome.error());
  if (settled && settled->stale && held) parts_.events.served_stale(held->scope(), *settled->token);
  return settled;
}

// An old token is better than an error, while it is good and the trouble passes.
TokenEngine::Outcome TokenEngine::good_or(const HeldPtr& held, const Error& error) const {
  const bool passes = kind_of(error.code()) != FailureKind::kPermanent;
  if (!held || !passes || freshness_of(*held, Duration::zero()) == Freshness::kDead) {
    return std::unexpected(error);
  }
  return Served(held->token(), true);
}

net::Task<Result<Served>> TokenEngine::refresh_then_serve(Scope scope, HeldPtr held, Wish wish) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const std::string key = scope.key();
  auto landing = std::make_shared<net::OneShot<Outcome>>(executor);
  const Boarded boarded = board(scope, [landing](const Outcome& outcome) { landing->set(outcome); });
  const Order order(wish.min_ttl, wish.context.trace);
  if (boarded.first) depart(boarded.flight, std::move(scope), order, executor);

  const std::optional<Outcome> outcome = co_await landing->wait_until(parts_.timers, wish.context.deadline);
  if (!held) held = look(key);  // another replica's, that the flight has found
  if (outcome) co_return settle(held, *outcome);
  flights_.leave(boarded.flight, boarded.ticket);
  Outcome late = fail(ErrorCode::kUpstreamTimeout, "GitHub has not answered within the request's deadline");
  co_return settle(held, late);
}

std::optional<TokenEngine::Known> TokenEngine::find_by_value(std::string_view value) const {
  const auto found = by_value_.get(hash_of(value));
  const HeldPtr held = found ? found->lock() : nullptr;
  if (!held || !equal_in_constant_time(held->token()->reveal(), value)) return std::nullopt;
  return Known(held->scope(), held->token());
}

net::Task<> TokenEngine::unshare(std::string by_names, std::string by_ids, TokenPtr token) {
  if (by_names != by_ids) co_await parts_.shared.forget(std::move(by_names), token);
  co_await parts_.shared.forget(std::move(by_ids), std::move(token));
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
  // First those to come and those under way: what lands after this is not kept, what landed before is found
  // below.
  news_.note(touched, parts_.clock.now());
  mints_.overtake([&touched](const Scope& scope) { return touched.mint_under_way(scope); });
  std::vector<HeldPtr> gone;
  cache_.for_each([&](const std::string& key, const HeldPtr& held) {
    const bool is_older = !touched.is_known_to(held->token()->facts().minted_at);
    if (is_older && touched.token(held->scope()) && drop(key, held)) gone.push_back(held);
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

net::Task<std::vector<TokenEngine::Known>> TokenEngine::take(std::function<bool(const Scope&)> concerns) {
  std::vector<HeldPtr> gone;
  cache_.for_each([&](const std::string& key, const HeldPtr& held) {
    if (concerns(held->scope()) && drop(key, held)) gone.push_back(held);
  });
  const TimePoint now = parts_.clock.now();
  std::erase_if(*replaced_.lock(), [&](const auto& each) {
    const bool is_taken = each.first > now && concerns(each.second->scope());
    if (is_taken) gone.push_back(each.second);
    return is_taken || each.first <= now;
  });
  std::vector<Known> taken;
  for (const HeldPtr& held : gone) {
    co_await unshare(held->scope().key_by_names(), held->scope().key(), held->token());
    taken.emplace_back(held->scope(), held->token());
  }
  co_return taken;
}

void TokenEngine::note_replaced(HeldPtr held) {
  const TimePoint now = parts_.clock.now();
  const TimePoint end = held->token()->expires_at();
  auto replaced = replaced_.lock();
  replaced->erase(replaced->begin(), replaced->upper_bound(now));
  if (end <= now) return;
  if (replaced->size() >= options_.max_entries) replaced->erase(replaced->begin());
  replaced->emplace(end, std::move(held));
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
  // A token of a minute is not minted anew thirty times for nobody.
  const Duration keep_warm = std::min(options_.keep_warm, held->token()->lifetime());
  // Replaced, evicted, forgotten, or not asked for in a while: it may lapse.
  if (look(key) != held || now - held->last_used() > keep_warm) return false;
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
