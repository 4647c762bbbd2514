#pragma once

// Events between those who record them and the one who writes them. Bounded: what does not fit is counted.
//
//   EventQueue queue(clock);
//   queue.push(std::move(event));                       // false: it is lost
//   queue.push(std::move(event), waiter);               // false: it was not taken, and is not lost either
//   EventQueue::Taken taken = queue.take();             // by the writer
//
// Threads: any.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "ledger/event.h"
#include "ledger/pace.h"
#include "net/event.h"
#include "net/one_shot.h"

namespace hubwarden::ledger {

// Told once: true when the event is as safe as it gets, false when nobody knows.
using Waiter = std::shared_ptr<net::OneShot<bool>>;

class EventQueue {
 public:
  // Some seconds of a busy server, in about 10 MiB.
  static constexpr std::size_t kMaxQueued = 16'384;

  struct Taken {
    Taken() = default;
    std::vector<Event> events;
    std::vector<Waiter> waiters;  // of events among them
    std::uint64_t lost = 0;       // since the last time
    bool is_last = false;         // nothing comes any more
  };

  explicit EventQueue(const Clock& clock) : clock_(clock) {}

  bool push(Event event, Waiter waiter = nullptr);

  // Up to kBatch events.
  Taken take();
  // Those who wait are told that it failed; their events stay.
  void fail_waiters();
  // From now on everything that comes is refused or lost.
  void stop();

  // What there is, and an event that is set when that should be looked at again.
  std::pair<Load, std::shared_ptr<net::Event>> watch();
  std::size_t size() { return state_.lock()->entries.size(); }
  // All that was ever lost.
  std::uint64_t lost() { return state_.lock()->all_lost; }

 private:
  struct Entry {
    Entry(Event that, Waiter who) : event(std::move(that)), waiter(std::move(who)) {}
    Event event;
    Waiter waiter;
  };
  struct State {
    std::deque<Entry> entries;
    std::size_t waiters = 0;
    SteadyPoint oldest{};
    std::uint64_t lost = 0;
    std::uint64_t all_lost = 0;
    bool is_stopping = false;
    std::shared_ptr<net::Event> alarm;  // of the writer that waits
  };

  bool add(State& state, Event event, Waiter waiter) const;

  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace hubwarden::ledger
