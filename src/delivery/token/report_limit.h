#pragma once

// How often one caller may ask for what costs a request to GitHub each time: reports of refused tokens, and
// diagnoses, with a limit each.

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/lru.h"
#include "base/text.h"

namespace hubwarden::delivery {

// Thread-safe. A bucket for each caller: kBurst at once, one more every kEvery.
class ReportLimit {
 public:
  static constexpr int kBurst = 10;
  static constexpr Duration kEvery = std::chrono::seconds(6);
  // Callers that are remembered; one that was forgotten starts with a full bucket.
  static constexpr std::size_t kMaxCallers = 10'000;

  explicit ReportLimit(const Clock& clock) : clock_(clock) {}

  bool take(std::string_view caller) {
    auto buckets = buckets_.lock();
    const SteadyPoint now = clock_.steady_now();
    // The moment at which the bucket will be full again, as if each report had to be paid back in time.
    const SteadyPoint full_at = std::max(buckets->get(caller).value_or(now), now) + kStep;
    if (full_at - now > kBurst * kStep) return false;
    buckets->put(std::string(caller), full_at);
    return true;
  }

 private:
  static constexpr auto kStep = std::chrono::duration_cast<SteadyPoint::duration>(kEvery);

  const Clock& clock_;
  Guarded<Lru<std::string, SteadyPoint, TextHash>> buckets_{kMaxCallers};
};

}  // namespace hubwarden::delivery
