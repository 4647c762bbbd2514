#pragma once

// Looks again and again at something that may have changed: from time to time, and soon when it is called.
//
//   Lookout lookout(parts, 500ms);
//   co_await lookout.run([this] { return look(); });   // until stop(); look() is a Task<Result<>>
//   lookout.call();                                     // something went wrong: look now
//   co_await lookout.first_look(deadline);              // until there has been one
//
// However often it is called it looks every kRest at most. Threads: all of it on one loop, but for
// has_looked(). Outlives its run().

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "net/event.h"
#include "net/timers.h"

namespace hubwarden::redis {

class Lookout {
 public:
  using Look = std::function<net::Task<Result<>>()>;

  static constexpr SteadyPoint::duration kRest = std::chrono::milliseconds(100);

  // `pause`: between two looks when nobody calls. After one that failed: kRest.
  Lookout(const Clock& clock, net::Timers& timers, SteadyPoint::duration pause)
      : clock_(clock), timers_(timers), pause_(pause), called_(std::make_unique<net::Event>()) {}

  net::Task<> run(Look look);
  void call() { called_->set(); }
  // False when `deadline` came first.
  net::Task<bool> first_look(SteadyPoint deadline) { return looked_.wait_until(timers_, deadline); }
  bool has_looked() const { return looked_.is_set(); }

  bool is_stopped() const { return stopping_.is_set(); }
  // Returns when run() has, or after `patience`.
  net::Task<> stop(SteadyPoint::duration patience);

 private:
  net::Task<> rest(SteadyPoint::duration pause);

  const Clock& clock_;
  net::Timers& timers_;
  SteadyPoint::duration pause_;
  std::unique_ptr<net::Event> called_;  // another one after each call
  net::Event looked_;
  net::Event stopping_;
  net::Event over_;
  bool is_running_ = false;
};

}  // namespace hubwarden::redis
