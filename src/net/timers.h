#pragma once

// Waiting, injected like the clock: real timers in production, virtual ones in tests.

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "net/task.h"

namespace hubwarden::net {

class Timers {
 public:
  using Callback = std::move_only_function<void()>;
  using Ticket = std::uint64_t;  // never 0

  virtual ~Timers() = default;
  // Runs `callback` once on `executor` when the steady clock has reached `when`; never inside this call.
  virtual Ticket call_at(const Executor& executor, SteadyPoint when, Callback callback) = 0;
  // The callback will not run any more, unless it is running or has run. From the executor's own thread.
  virtual void cancel(Ticket ticket) = 0;
};

// Suspends the calling coroutine until the steady clock has reached `when`.
Task<> sleep_until(Timers& timers, SteadyPoint when);

}  // namespace hubwarden::net
