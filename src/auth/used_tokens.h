#pragma once

// Which workloads' JWTs have begun a session: each may once, for whoever overhears one has it, too.
//
//   if (!co_await used.is_first(jwt.digest(), jwt.expires_at())) …   // somebody has used it
//
// MemoryUsedTokens knows what this replica saw. Threads: any.

#include <map>

#include "base/clock.h"
#include "base/guarded.h"
#include "crypto/digest.h"
#include "net/task.h"

namespace hubwarden::auth {

class UsedTokens {
 public:
  virtual ~UsedTokens() = default;
  // True for one caller alone until `ends`; false also when there is no room to remember it.
  virtual net::Task<bool> is_first(crypto::Digest digest, TimePoint ends) = 0;
};

class MemoryUsedTokens final : public UsedTokens {
 public:
  explicit MemoryUsedTokens(const Clock& clock) : clock_(clock) {}

  net::Task<bool> is_first(crypto::Digest digest, TimePoint ends) override;

  // Some minutes of a crowd; what is beyond is refused, not forgotten.
  static constexpr std::size_t kMax = 200'000;

 private:
  const Clock& clock_;
  Guarded<std::map<crypto::Digest, TimePoint>> ends_;
};

}  // namespace hubwarden::auth
