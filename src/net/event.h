#pragma once

// Something that happens once, and the wait for it.
//
//   Event closed;
//   const bool in_time = co_await closed.wait_until(timers, clock.steady_now() + 30s);
//   closed.set();      // from any thread
//
// Waiting tasks resume on their own loops. Lifetime: until nobody waits any more.

#include <memory>

#include "net/task.h"
#include "net/timers.h"

namespace hubwarden::net {

class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();
  bool is_set() const;
  // True when it was set, false when `when` came first.
  Task<bool> wait_until(Timers& timers, SteadyPoint when);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the timers of waits that are over
};

}  // namespace hubwarden::net
