#pragma once

// How long a peer may still make us wait: a time of grace, plus what its bytes have earned at the least rate,
// less what it has used up. A peer that sends one byte at a time earns nothing; a large body at a fair rate
// never ends early. Pure.

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace hubwarden::http {

class Pace {
 public:
  Pace(Duration grace, std::uint64_t bytes_per_second)
      : allowance_(grace), bytes_per_second_(bytes_per_second) {}

  void moved(std::uint64_t bytes) {
    // More than this would not be used, and could overflow.
    constexpr Duration kMost = std::chrono::hours(1);
    const auto earned =
        std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
    allowance_ = std::min(kMost, allowance_ + std::chrono::duration_cast<Duration>(earned));
  }
  void waited(Duration time) { allowance_ = std::max(Duration::zero(), allowance_ - time); }
  Duration allowance() const { return allowance_; }

 private:
  Duration allowance_;
  std::uint64_t bytes_per_second_;
};

}  // namespace hubwarden::http
