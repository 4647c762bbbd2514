#pragma once

// The shared tier in one process: engines that share one of these behave like replicas that share Redis.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "base/text.h"
#include "net/one_shot.h"
#include "tokens/shared_cache.h"
#include "tokens/shared_sweep.h"

namespace hubwarden::tokens {

// Thread-safe. Holds what is kept until it ends or is replaced; meant for as many keys as one process uses.
class MemorySharedCache final : public SharedCache, public SharedSweep {
 public:
  MemorySharedCache(const Clock& clock, net::Timers& timers) : clock_(clock), timers_(timers) {}

  net::Task<SharedFind> find(std::string key) override;
  net::Task<> keep(std::string key, Minted minted, Duration for_how_long, Keep how) override;
  // For tests in which it is slow.
  Duration find_takes = Duration::zero();
  // As a Redis that is emptied.
  void lose_all() { tokens_.lock()->clear(); }
  net::Task<> forget(std::string key, TokenPtr token) override;
  net::Task<LeaseAnswer> take_lease(std::string key, std::string owner, Duration for_how_long,
                                    Pauses pauses) override;
  net::Task<> release_lease(std::string key, std::string owner,
                            std::optional<SharedFailure> failure) override;
  net::Task<Duration> wait_for_release(std::string key, SteadyPoint deadline) override;
  net::Task<Swept> sweep(std::function<bool(const Scope&)> concerns) override;

 private:
  struct Kept {
    Minted minted;
    SteadyPoint until;
  };
  struct Lease {
    std::string owner;
    SteadyPoint until;
    std::vector<std::shared_ptr<net::OneShot<bool>>> waiters;
  };
  template <class Value>
  using Map = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  SteadyPoint after(Duration length) const;
  bool take(const std::string& key, std::string owner, SteadyPoint until);
  std::optional<SharedFailure> failure_of(std::string_view key);

  const Clock& clock_;
  net::Timers& timers_;
  Guarded<Map<Kept>> tokens_;
  Guarded<Map<Lease>> leases_;
  Guarded<Map<SharedFailure>> failures_;
};

}  // namespace hubwarden::tokens
