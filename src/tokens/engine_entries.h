#pragma once

// What the engine holds, and what its flights bring: for the engine's own sources alone.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/later.h"
#include "tokens/engine.h"

namespace hubwarden::tokens {

// Of a token's text, for finding it by that.
inline std::uint64_t hash_of(std::string_view value) {
  return std::hash<std::string_view>{}(value);
}

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

// A flight from its departure on: what it is for, what it has found out, and what it brings.
struct TokenEngine::Flight {
  Flight(std::string name_, Scope scope_, Order order_, std::string owner_)
      : name(std::move(name_)),
        scope(std::move(scope_)),
        order(order_),
        key(scope.key()),
        lease(scope.key_by_names()),
        owner(std::move(owner_)) {}

  const std::string name;
  const Scope scope;
  const Order order;
  const std::string key;
  const std::string
      lease;  // by the names: a replica that knows the ids and one that does not ask for the same
  const std::string owner;  // of the lease

  // Once it has waited so long for the shared tier it asks there no more. A command more, under way when the
  // time is over, and the look-up's: its callers wait 300 ms at most.
  static constexpr Duration kPatience = std::chrono::milliseconds(150);
  bool is_patient() const { return waited < kPatience; }

  bool has_asked_for_lease = false;
  Duration waited = Duration::zero();  // for the shared tier, but not for another's mint
  HeldPtr held;                        // another replica's: good, but not good enough to land with
  int failed_before = 0;               // attempts of other replicas

  Outcome outcome = fail(ErrorCode::kInternal, "the flight ended unexpectedly");
  // For the other replicas: a token and its key by ids, or a failure.
  std::optional<Minted> minted;
  std::string by_ids;
  std::optional<SharedFailure> failure;
  HeldPtr adopted;  // of `minted`
  HeldPtr stopped;  // must not stay where others find it
};

struct TokenEngine::FailedMint {
  FailedMint(Scope scope_, Failure failure_) : scope(std::move(scope_)), failure(std::move(failure_)) {}
  Scope scope;
  Failure failure;
};

}  // namespace hubwarden::tokens
