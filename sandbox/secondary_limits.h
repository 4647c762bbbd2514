#pragma once

// GitHub's secondary limits of an installation: how many requests at the same time, how many points in a
// minute. Who exceeds one is locked out for a while. Pure; time is an argument.
//
//   const SecondaryLimits::InFlight held = limits.enter(installation);   // for as long as it is served
//   if (const auto until = limits.take(installation, points, rule, now)) …  // 403, Retry-After
//
// One thread; outlives what it hands out.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"

namespace hubwarden::sandbox {

class SecondaryLimits {
 public:
  struct Rule {
    std::uint64_t concurrency = 0;  // 0: no bound
    std::uint64_t points = 0;
    Duration lockout{};
  };

  // A request that is being served.
  class InFlight {
   public:
    InFlight() = default;
    InFlight(SecondaryLimits& limits, InstallationId installation)
        : limits_(&limits), installation_(installation) {}
    InFlight(InFlight&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), installation_(other.installation_) {}
    InFlight& operator=(InFlight&&) = delete;
    ~InFlight();

   private:
    SecondaryLimits* limits_ = nullptr;
    InstallationId installation_{0};
  };

  InFlight enter(InstallationId installation);
  // Counts a request that has entered. Until when the installation is locked out; nothing when it is not.
  std::optional<TimePoint> take(InstallationId installation, std::uint64_t points, const Rule& rule,
                                TimePoint now);
  // Forgets locks and points, not who is being served.
  void clear();

 private:
  struct Entry {
    std::uint64_t in_flight = 0;
    std::uint64_t points = 0;
    TimePoint minute_ends;
    TimePoint locked_until;
  };
  std::map<InstallationId, Entry> entries_;
};

}  // namespace hubwarden::sandbox
