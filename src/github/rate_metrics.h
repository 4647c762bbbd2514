#pragma once

// What the rate guards of a process count, all hosts and installations together: no label names one.
//
//   RateMetrics counts(metrics);
//   counts.refused.at(RateRefusal::kPace).add();

#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "github/rate_ask.h"
#include "obs/metrics.h"

namespace hubwarden::github {

enum class RateWay { kAtOnce, kWaited };
enum class RateDoor { kPrimary, kSecondary };

class RateMetrics {
 public:
  explicit RateMetrics(obs::Metrics& metrics);

  obs::CounterFamily& admitted;  // RateWay
  obs::CounterFamily& refused;   // RateRefusal
  obs::CounterFamily& limits;    // RateDoor: answers of GitHub's that say so
  obs::Counter& paced;
  obs::Gauge& waiting;
  obs::Gauge& in_flight;
  obs::GaugeFamily& closed;  // RateDoor
};

// One closed door in the gauge: until its time is over, or its guard ends it before. Whoever is first counts;
// thread-safe. A timer may hold it when guard and gauge are gone, because the guard ends all of its own.
class Closing {
 public:
  Closing(obs::Gauge& gauge, SteadyPoint until) : gauge_(gauge), until_(until) { gauge_.add(1); }

  SteadyPoint until() const { return until_; }
  void end() {
    auto is_over = is_over_.lock();
    if (!std::exchange(*is_over, true)) gauge_.add(-1);
  }

 private:
  obs::Gauge& gauge_;
  const SteadyPoint until_;
  Guarded<bool> is_over_{false};
};

}  // namespace hubwarden::github
