#include "tokens/memory_shared_cache.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <unordered_set>

#include "base/secret.h"

namespace hubwarden::tokens {

SteadyPoint MemorySharedCache::after(Duration length) const {
  return clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(length);
}

net::Task<SharedFind> MemorySharedCache::find(std::string key) {
  if (find_takes > Duration::zero()) co_await net::sleep_until(timers_, after(find_takes));
  auto tokens = tokens_.lock();
  const auto kept = tokens->find(key);
  if (kept == tokens->end()) co_return SharedFind();
  if (clock_.steady_now() < kept->second.until) co_return SharedFind(kept->second.minted);
  tokens->erase(kept);
  co_return SharedFind();
}

net::Task<> MemorySharedCache::keep(std::string key, Minted minted, Duration for_how_long, Keep how) {
  auto tokens = tokens_.lock();
  const auto present = tokens->find(key);
  const bool is_there = present != tokens->end() && clock_.steady_now() < present->second.until;
  if (is_there && how == Keep::kIfMissing) co_return;
  tokens->insert_or_assign(std::move(key), Kept{std::move(minted), after(for_how_long)});
}

net::Task<> MemorySharedCache::forget(std::string key, TokenPtr token) {
  auto tokens = tokens_.lock();
  const auto kept = tokens->find(key);
  const bool same =
      kept != tokens->end() && equal_in_constant_time(kept->second.minted.token->reveal(), token->reveal());
  if (same) tokens->erase(kept);
  co_return;
}

net::Task<LeaseAnswer> MemorySharedCache::take_lease(std::string key, std::string owner,
                                                     Duration for_how_long, Pauses pauses) {
  const SteadyPoint now = clock_.steady_now();
  std::optional<SharedFailure> failure = failure_of(key);
  const bool is_paused = failure && pauses == Pauses::kHeed && !failure->failure.is_over(now);
  if (is_paused) co_return LeaseAnswer(LeaseAnswer::Kind::kPaused, std::move(failure));
  if (!take(key, std::move(owner), after(for_how_long))) co_return LeaseAnswer(LeaseAnswer::Kind::kAnothers);
  LeaseAnswer taken(LeaseAnswer::Kind::kTaken, std::move(failure));
  net::Task<SharedFind> finding = find(std::move(key));
  SharedFind found = co_await std::move(finding);
  taken.kept = std::move(found.minted);
  co_return taken;
}

bool MemorySharedCache::take(const std::string& key, std::string owner, SteadyPoint until) {
  auto leases = leases_.lock();
  const auto [lease, is_free] = leases->try_emplace(key, Lease{owner, until, {}});
  if (!is_free && clock_.steady_now() < lease->second.until) return false;
  lease->second.owner = std::move(owner);
  lease->second.until = until;
  return true;
}

std::optional<SharedFailure> MemorySharedCache::failure_of(std::string_view key) {
  auto failures = failures_.lock();
  const auto found = failures->find(key);
  if (found == failures->end()) return std::nullopt;
  return found->second;
}

net::Task<> MemorySharedCache::release_lease(std::string key, std::string owner,
                                             std::optional<SharedFailure> failure) {
  std::vector<std::shared_ptr<net::OneShot<bool>>> waiters;
  {
    auto leases = leases_.lock();
    const auto lease = leases->find(key);
    if (lease == leases->end() || lease->second.owner != owner) co_return;
    waiters = std::move(lease->second.waiters);
    leases->erase(lease);
    auto failures = failures_.lock();
    failures->erase(key);
    if (failure) failures->emplace(key, std::move(*failure));
  }
  for (const auto& waiter : waiters) waiter->set(true);
}

net::Task<Duration> MemorySharedCache::wait_for_release(std::string key, SteadyPoint deadline) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  auto released = std::make_shared<net::OneShot<bool>>(executor);
  SteadyPoint until = deadline;
  {
    auto leases = leases_.lock();
    const auto lease = leases->find(key);
    if (lease == leases->end()) co_return Duration::zero();
    lease->second.waiters.push_back(released);
    until = std::min(until, lease->second.until);
  }
  [[maybe_unused]] const std::optional<bool> done = co_await released->wait_until(timers_, until);
  co_return Duration::zero();
}

net::Task<Swept> MemorySharedCache::sweep(std::function<bool(const Scope&)> concerns) {
  Swept swept;
  std::unordered_set<std::string_view> seen;
  std::erase_if(*tokens_.lock(), [&](const auto& each) {
    const Minted& minted = each.second.minted;
    const std::optional<Scope> scope = scope_of(minted);
    if (scope && !concerns(*scope)) return false;
    const bool is_new = seen.insert(minted.token->reveal()).second;
    if (!scope && is_new) swept.unnamed.push_back(minted.token);
    if (scope && is_new) swept.taken.emplace_back(scope->app().host(), minted.token);
    return scope.has_value();
  });
  co_return swept;
}

}  // namespace hubwarden::tokens
