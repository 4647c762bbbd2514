#pragma once

// Takes out of the second tier what replicas have left there that are gone since: tokens that nobody else
// would take back. A replica that is alone has `NoSharedSweep`.
//
//   Swept swept = co_await sweep.sweep([&](const Scope& scope) { return stop.covers(scope); });
//   for (const HeldToken& each : swept.taken) …                   // theirs is to be taken back at GitHub
//
// Nothing here fails: what could not be looked at is told.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/task.h"
#include "tokens/held_token.h"
#include "tokens/minter.h"

namespace hubwarden::tokens {

struct Swept {
  Swept() = default;

  std::vector<HeldToken> taken;
  // Of an older hubwarden, which did not say whose they are: they stay.
  std::vector<TokenPtr> unnamed;
  std::size_t unreadable = 0;       // values that none of this replica's keys opens
  std::optional<Error> incomplete;  // why not all of it was looked at

  Swept& operator+=(Swept also);
};

class SharedSweep {
 public:
  virtual ~SharedSweep() = default;
  // Each token once, under however many keys it lies. `concerns` knows nothing of permissions: they are those
  // that the App has.
  virtual net::Task<Swept> sweep(std::function<bool(const Scope&)> concerns) = 0;
};

class NoSharedSweep final : public SharedSweep {
 public:
  net::Task<Swept> sweep(std::function<bool(const Scope&)>) override { co_return Swept(); }
};

// The scope of what was found in the second tier, but for its permissions. Nothing if that does not tell.
std::optional<Scope> scope_of(const Minted& minted);

}  // namespace hubwarden::tokens
