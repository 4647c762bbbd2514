#pragma once

// Timers of the steady clock, on the loop that asks.
//
//   net::SystemTimers timers;
//   co_await net::sleep_until(timers, clock.steady_now() + 20s);
//
// A callback that has not run when its io_context goes is destroyed unrun; the SystemTimers itself may go
// before or after. Threads: `call_at` from any thread; `cancel` from the executor's own.

#include <memory>

#include "net/timers.h"

namespace hubwarden::net {

class SystemTimers final : public Timers {
 public:
  SystemTimers();
  ~SystemTimers() override;

  Ticket call_at(const Executor& executor, SteadyPoint when, Callback callback) override;
  void cancel(Ticket ticket) override;

 private:
  struct Entry;
  class Pending;

  // Shared with the waits in progress, which may outlive this.
  std::shared_ptr<Pending> pending_;
};

}  // namespace hubwarden::net
