#pragma once

// What the engine holds, and what its flights bring: for the engine's own sources alone.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "tokens/engine.h"

namespace hubwarden::tokens {

// Of a token's text, for finding it by that.
inline std::uint64_t hash_of(std::string_view value) {
  return std::hash<std::string_view>{}(value);
}

inline SteadyPoint later(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
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

// What a flight brings: the outcome, for its callers, and what the other replicas are to have of it.
struct TokenEngine::Landing {
  explicit Landing(Outcome outcome_) : outcome(std::move(outcome_)) {}
  explicit Landing(std::string owner_)
      : outcome(fail(ErrorCode::kInternal, "nothing has landed")), owner(std::move(owner_)) {}

  Outcome outcome;
  std::string owner;  // of the lease; empty: none was asked for
  int failed_before = 0;
  std::optional<Minted> minted;
  std::string by_ids;
  std::optional<SharedFailure> failure;
};

struct TokenEngine::FailedMint {
  FailedMint(Scope scope_, Failure failure_) : scope(std::move(scope_)), failure(std::move(failure_)) {}
  Scope scope;
  Failure failure;
};

}  // namespace hubwarden::tokens
