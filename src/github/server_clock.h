#pragma once

// GitHub's time, as far as its `Date` header tells: the local clock, corrected by the difference seen, and
// never behind what the steady clock makes of the last `Date`. So a local clock that is set back makes no
// token look younger than it is; one that is set forward, or a machine that slept, makes it look older, until
// the next answer.
//
//   ServerClock clock(system_clock);
//   clock.observe(response.fields, took);   // after every answer
//   sign(clock.now());
//
// A Clock like any other, so that whoever compares with GitHub's promises (expires_at, iat) takes this one.
// From any thread; `local` outlives it.

#include <atomic>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "http/message.h"

namespace hubwarden::github {

class ServerClock final : public Clock {
 public:
  // Told by how much the correction has moved, when that is kWorthTelling or more: one of the two clocks was
  // set, or was wrong from the start. Called from any thread; must not wait.
  using Corrected = std::function<void(Duration)>;

  explicit ServerClock(const Clock& local, Corrected corrected = nullptr)
      : local_(local), corrected_(std::move(corrected)) {}

  TimePoint now() const override;
  SteadyPoint steady_now() const override { return local_.steady_now(); }
  // What is added to the local calendar.
  Duration skew() const { return Duration(skew_.load(std::memory_order_relaxed)); }

  // Learns from an answer that has just arrived, `took` after its request was sent. True if it carried a
  // usable date. `Date` has whole seconds and was written at some moment of the request, so it bounds the
  // difference from both sides; the correction moves only when it lies outside, and only to the nearer bound.
  // A slow answer therefore teaches little, and jitter nothing. Not usable: no date, a cached answer (`Age`),
  // an answer slower than kMaxTook, a difference beyond kMaxSkew.
  bool observe(const http::Fields& fields, Duration took);

  static constexpr Duration kMaxTook = std::chrono::seconds(30);
  static constexpr Duration kWorthTelling = std::chrono::seconds(5);  // drift comes in smaller steps
  static constexpr Duration kMaxSkew = std::chrono::hours(24);        // more is not a clock that runs wrong

 private:
  static constexpr Duration::rep kNotSeen = Duration::min().count();

  const Clock& local_;
  const Corrected corrected_;
  std::atomic<Duration::rep> skew_ = 0;
  // GitHub's time since its epoch less the steady clock's since its own.
  std::atomic<Duration::rep> ahead_of_steady_ = kNotSeen;
};

}  // namespace hubwarden::github
