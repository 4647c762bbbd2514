#pragma once

// Whether to try something that may be away: after a few failures in a row nobody tries for a while, then one
// does for all.
//
//   if (!breaker.may_try(now)) return unavailable;
//   …
//   if (it_worked) breaker.succeeded(); else breaker.failed(clock.steady_now());
//
// Pure: time is an argument. One thread at a time.

#include <algorithm>

#include "base/clock.h"

namespace hubwarden {

struct BreakerOptions {
  BreakerOptions() = default;
  int failures = 3;  // in a row
  SteadyPoint::duration first_pause = std::chrono::milliseconds(250);
  SteadyPoint::duration longest_pause = std::chrono::seconds(1);
};

class Breaker {
 public:
  explicit Breaker(const BreakerOptions& options = BreakerOptions())
      : options_(options), pause_(options.first_pause) {}

  bool is_open() const { return failures_ >= options_.failures; }

  // Who is let through while it is open tries for all: the others wait for the next pause to end.
  bool may_try(SteadyPoint now) {
    if (!is_open()) return true;
    if (now < next_) return false;
    next_ = now + pause_;
    return true;
  }

  void succeeded() {
    failures_ = 0;
    pause_ = options_.first_pause;
  }

  void failed(SteadyPoint now) {
    const bool was_open = is_open();
    if (was_open) pause_ = std::min(2 * pause_, options_.longest_pause);
    if (!was_open) ++failures_;
    if (is_open()) next_ = now + pause_;
  }

 private:
  BreakerOptions options_;
  int failures_ = 0;
  SteadyPoint::duration pause_;
  SteadyPoint next_{};
};

}  // namespace hubwarden
