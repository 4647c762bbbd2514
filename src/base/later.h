#pragma once

// A time and how long after it, of both clocks: a Duration is as fine as the finest of them.
//
//   const SteadyPoint deadline = later(clock.steady_now(), timeout);

#include "base/clock.h"

namespace hubwarden {

inline TimePoint later(TimePoint from, Duration by) {
  return from + std::chrono::duration_cast<TimePoint::duration>(by);
}
inline SteadyPoint later(SteadyPoint from, Duration by) {
  return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
}

}  // namespace hubwarden
