#pragma once

// Time is injected. `now()` is the calendar, for what others promise (expires_at); `steady_now()` never jumps
// and is for what we promise (deadlines, back-off).

#include <chrono>

namespace hubwarden {

using TimePoint = std::chrono::system_clock::time_point;
using SteadyPoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual SteadyPoint steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::system_clock::now(); }
  SteadyPoint steady_now() const override { return std::chrono::steady_clock::now(); }
};

// A clock that moves only when told. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  TimePoint now() const override { return now_; }
  SteadyPoint steady_now() const override { return steady_; }

  void advance(Duration by) {
    now_ += std::chrono::duration_cast<TimePoint::duration>(by);
    steady_ += std::chrono::duration_cast<SteadyPoint::duration>(by);
  }
  // The calendar alone jumps, as when an operator or NTP sets it.
  void jump(Duration by) { now_ += std::chrono::duration_cast<TimePoint::duration>(by); }

 private:
  TimePoint now_;
  SteadyPoint steady_{};
};

}  // namespace hubwarden
