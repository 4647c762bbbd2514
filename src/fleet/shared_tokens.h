#pragma once

// The token cache and the leases of a fleet, in Redis: tokens sealed, names unreadable. Redis away, slow or
// holding what we cannot read: nothing is found, and every lease is granted.
//
//   SharedTokens shared({redis, timers, clock, random, metrics}, keys);
//   Ear ear{[&](std::string_view message) { shared.heard(message); }, …};     // of a Listener on kChannel
//
// Source: docs/tokens.md, "Tiers". Threads: any.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/text.h"
#include "fleet/key_names.h"
#include "fleet/seal_keys.h"
#include "net/event.h"
#include "net/one_shot.h"
#include "net/timers.h"
#include "obs/metrics.h"
#include "redis/client.h"
#include "tokens/shared_cache.h"

namespace hubwarden::fleet {

class SharedTokens final : public tokens::SharedCache {
 public:
  struct Parts {
    redis::Client& redis;
    net::Timers& timers;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
  };

  SharedTokens(Parts parts, const SealKeys& keys);

  net::Task<tokens::SharedFind> find(std::string key) override;
  net::Task<> keep(std::string key, tokens::Minted minted, Duration for_how_long, tokens::Keep how) override;
  net::Task<> forget(std::string key, tokens::TokenPtr token) override;
  net::Task<tokens::LeaseAnswer> take_lease(std::string key, std::string owner, Duration for_how_long,
                                            tokens::Pauses pauses) override;
  net::Task<> release_lease(std::string key, std::string owner,
                            std::optional<tokens::SharedFailure> failure) override;
  net::Task<Duration> wait_for_release(std::string key, SteadyPoint deadline) override;

  // By the name under which it lies, for whoever does not know its scope.
  net::Task<> forget_at(std::string name, tokens::TokenPtr token);

  // A message of another replica, or of this one.
  void heard(std::string_view message);

  // Who waits for a release asks for itself now and then: a message may be lost.
  static constexpr SteadyPoint::duration kPoll = std::chrono::milliseconds(500);
  // A lease is short, and renewed while its holder lives: one that dies in its mint blocks nobody for long.
  static constexpr Duration kLease = std::chrono::seconds(3);
  static constexpr SteadyPoint::duration kRenewal = std::chrono::seconds(1);
  // So long after its pause a failure still counts for the next one's: longer than the longest pause.
  static constexpr Duration kFailureMemory = std::chrono::minutes(1);

 private:
  enum class Found { kHit, kMiss, kUnreadable, kFailed };
  using Waiter = std::shared_ptr<net::OneShot<bool>>;
  using Waiters = std::unordered_map<std::string, std::vector<Waiter>, TextHash, std::equal_to<>>;

  net::Task<Result<redis::Reply>> ask(std::string key, std::vector<std::string> words);
  std::optional<tokens::Minted> opened(const std::string& name, std::string_view sealed) const;
  void leave(std::string_view hash, const Waiter& waiter);
  struct Lease;
  void hold(std::string name, std::string owner, Duration for_how_long, const net::Executor& here);
  void let_go(const std::string& name, std::string_view owner);
  net::Task<> renew(std::shared_ptr<Lease> lease);
  std::optional<tokens::SharedFailure> failure_in(const std::string& name, const redis::Reply& answer) const;
  std::string sealed_failure(const std::string& name, const tokens::SharedFailure& failure) const;

  Parts parts_;
  const SealKeys& keys_;
  obs::CounterFamily& found_;
  Guarded<Waiters> waiting_;  // for a release, by hash
  // Held by this replica, by the name in Redis.
  Guarded<std::unordered_map<std::string, std::shared_ptr<Lease>, TextHash, std::equal_to<>>> leases_;
};

}  // namespace hubwarden::fleet
