#pragma once

// How often something happens, against how often it may: so many in a minute, which may come all at once and
// then grow back evenly (the generic cell rate algorithm: one number, no timers).
//
//   RateMeter meter;
//   if (const auto wait = meter.take(PerMinute(30), now)) refuse(*wait);
//
// Thread-safe and lock-free.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/clock.h"

namespace hubwarden {

class PerMinute {
 public:
  static constexpr std::uint64_t kMost = 10'000'000;

  explicit constexpr PerMinute(std::uint64_t count) : count_(count) { HW_CHECK(count > 0 && count <= kMost); }
  std::chrono::nanoseconds interval() const {
    return std::chrono::nanoseconds(std::chrono::minutes(1)) / count_;
  }

 private:
  std::uint64_t count_;
};

class RateMeter {
 public:
  // Counts one more and says nothing, or counts none and says how long until there may be one.
  std::optional<Duration> take(PerMinute rate, SteadyPoint now) {
    std::int64_t used_up_at = used_up_at_.load(std::memory_order_relaxed);
    for (;;) {
      if (const auto wait = wait_of(used_up_at, rate, now)) return wait;
      const std::int64_t next = std::max(used_up_at, nanoseconds(now)) + rate.interval().count();
      if (used_up_at_.compare_exchange_weak(used_up_at, next, std::memory_order_relaxed)) return std::nullopt;
    }
  }

  // The same without counting.
  std::optional<Duration> wait(PerMinute rate, SteadyPoint now) const {
    return wait_of(used_up_at_.load(std::memory_order_relaxed), rate, now);
  }

 private:
  static std::int64_t nanoseconds(SteadyPoint at) {
    return std::chrono::nanoseconds(at.time_since_epoch()).count();
  }
  static std::optional<Duration> wait_of(std::int64_t used_up_at, PerMinute rate, SteadyPoint now) {
    const std::chrono::nanoseconds ahead(used_up_at - nanoseconds(now));
    const std::chrono::nanoseconds room = std::chrono::minutes(1) - rate.interval();
    if (ahead <= room) return std::nullopt;
    return std::chrono::duration_cast<Duration>(ahead - room);
  }

  // When all that was taken so far will have grown back, on the steady clock, which is past its beginning.
  std::atomic<std::int64_t> used_up_at_{0};
};

}  // namespace hubwarden
