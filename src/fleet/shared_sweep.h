#pragma once

// Looks through the tokens that lie in Redis for those that a revocation stops, some at a time, on every
// server that holds any.
//
//   SharedSweep sweep({redis, timers, clock}, keys);
//   Swept swept = co_await sweep.sweep([&](const Scope& scope) { return stop.covers(scope); });
//
// What is put there while it looks may be missed: whoever puts it there heeds the revocation. So may what
// lies in a slot that moves from node to node meanwhile. Threads: any.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "fleet/seal_keys.h"
#include "net/loops.h"
#include "net/timers.h"
#include "redis/client.h"
#include "tokens/shared_sweep.h"

namespace hubwarden::fleet {

class SharedSweep final : public tokens::SharedSweep {
 public:
  struct Parts {
    redis::Client& redis;
    net::Timers& timers;
    const Clock& clock;
  };

  SharedSweep(Parts parts, const SealKeys& keys) : parts_(parts), keys_(keys) {}

  net::Task<tokens::Swept> sweep(std::function<bool(const tokens::Scope&)> concerns) override;

  // Two for each of the hundred thousand tokens that a replica holds at most. It bounds the memory, too.
  static constexpr std::size_t kMostKeys = 200'000;
  // An operator waits for it.
  static constexpr std::chrono::seconds kPatience{5};
  // Few enough that callers who want a token do not wait behind them.
  static constexpr std::size_t kAtOnce = 16;

 private:
  struct Walk;
  using WalkPtr = std::shared_ptr<Walk>;

  // `server`: a key of it.
  net::Task<> look_through(WalkPtr walk, std::string server);
  net::Task<> look_at_page(WalkPtr walk);
  net::Task<> work_off(WalkPtr walk);
  net::Task<> look_at(WalkPtr walk, std::string name);
  net::Task<> remove(WalkPtr walk, std::string name, std::string sealed);
  bool goes_on(Walk& walk) const;
  // True if it is to be deleted.
  bool take(Walk& walk, const std::string& name, std::string_view sealed) const;

  Parts parts_;
  const SealKeys& keys_;
};

}  // namespace hubwarden::fleet
