#pragma once

// The second tier: what the replicas of a fleet share. A replica that is alone has `Alone`.
//
// Nothing here fails: a tier that is away or slow finds nothing and grants every lease, so that a request
// goes on with what its own replica knows.

#include <optional>
#include <string>

#include "base/clock.h"
#include "net/task.h"
#include "tokens/minter.h"

namespace hubwarden::tokens {

class SharedCache {
 public:
  virtual ~SharedCache() = default;
  virtual net::Task<std::optional<Minted>> find(std::string key) = 0;
  virtual net::Task<> keep(std::string key, Minted minted, Duration for_how_long) = 0;
  // Forgets that very token; a newer one stays.
  virtual net::Task<> forget(std::string key, TokenPtr token) = 0;

  // The right to mint for `key`. It ends by itself, so that a holder that died blocks nobody.
  virtual net::Task<bool> take_lease(std::string key, std::string owner, Duration for_how_long) = 0;
  // Gives the lease back if `owner` still holds it, and wakes those who wait.
  virtual net::Task<> release_lease(std::string key, std::string owner) = 0;
  // Until the lease on `key` is released or `deadline`, whichever comes first.
  virtual net::Task<> wait_for_release(std::string key, SteadyPoint deadline) = 0;
};

class Alone final : public SharedCache {
 public:
  net::Task<std::optional<Minted>> find(std::string) override { co_return std::nullopt; }
  net::Task<> keep(std::string, Minted, Duration) override { co_return; }
  net::Task<> forget(std::string, TokenPtr) override { co_return; }
  net::Task<bool> take_lease(std::string, std::string, Duration) override { co_return true; }
  net::Task<> release_lease(std::string, std::string) override { co_return; }
  net::Task<> wait_for_release(std::string, SteadyPoint) override { co_return; }
};

}  // namespace hubwarden::tokens
