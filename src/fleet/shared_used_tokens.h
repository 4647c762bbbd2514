#pragma once

// Which workloads' JWTs have begun a session, for the whole fleet. While Redis is away each replica knows its
// own alone: a JWT might then begin one session at each of them.
//
//   SharedUsedTokens used(redis, clock);
//
// Threads: any.

#include "auth/used_tokens.h"
#include "base/clock.h"
#include "redis/client.h"

namespace hubwarden::fleet {

class SharedUsedTokens final : public auth::UsedTokens {
 public:
  // Both outlive it.
  SharedUsedTokens(redis::Client& redis, const Clock& clock) : redis_(redis), clock_(clock), own_(clock) {}

  net::Task<bool> is_first(crypto::Digest digest, TimePoint ends) override;

 private:
  redis::Client& redis_;
  const Clock& clock_;
  auth::MemoryUsedTokens own_;
};

}  // namespace hubwarden::fleet
