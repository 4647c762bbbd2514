#pragma once

// One moment on both clocks: the calendar for what GitHub promises (a window's reset), the steady clock for
// what we count down ourselves.
//
//   const Moment now(clock);   // a ServerClock, so that the calendar is GitHub's

#include "base/clock.h"

namespace hubwarden::github {

struct Moment {
  explicit Moment(const Clock& clock) : calendar(clock.now()), steady(clock.steady_now()) {}

  TimePoint calendar;
  SteadyPoint steady;
};

// A later moment of the steady clock.
inline SteadyPoint after(SteadyPoint from, Duration wait) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(wait);
}

}  // namespace hubwarden::github
