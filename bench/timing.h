#pragma once

// What a benchmark in C++ measures with: CPU time of its own thread, on one core.

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <vector>

namespace hubwarden::bench {

// Nanoseconds that this thread has had: what else the machine does costs others.
inline double cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Of an odd number of values.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

inline void stay_on_one_core() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(0, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

}  // namespace hubwarden::bench
