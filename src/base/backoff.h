#pragma once

// Growing pauses between attempts, as a value.

#include <algorithm>

#include "base/clock.h"
#include "base/random.h"

namespace hubwarden {

// `first`, doubling to `most`, with full jitter: anywhere between zero and the full pause, so that those who
// failed together do not come back together.
struct Backoff {
  Duration first;
  Duration most;

  // `failures` counts from 1.
  Duration pause(int failures, Random& random) const {
    Duration full = first;
    for (int i = 1; i < failures && full < most; ++i) full *= 2;
    full = std::min(full, most);
    return std::chrono::duration_cast<Duration>(full * random.unit());
  }
};

}  // namespace hubwarden
