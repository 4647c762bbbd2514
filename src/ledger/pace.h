#pragma once

// When a writer writes next. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace hubwarden::ledger {

// What waits to be written, and what was written without a signature.
struct Load {
  Load() = default;

  std::size_t queued = 0;
  bool is_waited_for = false;  // by somebody who will not go on before
  SteadyPoint oldest{};        // when the first of the queued came
  std::uint64_t lost = 0;
  bool is_stopping = false;
  std::uint64_t unsigned_records = 0;
  SteadyPoint signed_at{};  // when the last signature was written
};

// What nobody waits for lets others join it: ten commits in a second at most.
inline constexpr Duration kLinger = std::chrono::milliseconds(100);
// A commit takes some milliseconds of a thread that others wait for, too.
inline constexpr std::size_t kBatch = 256;
// What can be cut off without notice is younger.
inline constexpr Duration kSignWithin = std::chrono::seconds(10);

// Nothing: there is nothing to write.
inline std::optional<SteadyPoint> write_at(const Load& load) {
  const auto later = [](SteadyPoint from, Duration by) {
    return from + std::chrono::duration_cast<SteadyPoint::duration>(by);
  };
  if (load.is_stopping || load.is_waited_for || load.queued >= kBatch) return SteadyPoint::min();
  std::optional<SteadyPoint> due;
  if (load.queued > 0 || load.lost > 0) due = later(load.oldest, kLinger);
  if (load.unsigned_records > 0) {
    const SteadyPoint sign = later(load.signed_at, kSignWithin);
    due = due ? std::min(*due, sign) : sign;
  }
  return due;
}

}  // namespace hubwarden::ledger
