#pragma once

// GitHub's secondary limits of an installation: how many requests at the same time, how many points in a
// minute. Who exceeds one is locked out for a while. Pure; time is an argument.
//
//   const SecondaryLimits::InFlight held = limits.enter(installation);   // for as long as it is served
//   if (const auto until = limits.take(installation, points, rule, now)) …  // 403, Retry-After
//
// One thread.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

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

  // A request that is being served. It may outlive the limits: what waits when a program ends goes with its
  // loop.
  class InFlight {
   public:
    InFlight() = default;
    explicit InFlight(std::shared_ptr<std::uint64_t> count);
    InFlight(InFlight&&) = default;
    InFlight& operator=(InFlight&&) = delete;
    ~InFlight();

   private:
    std::shared_ptr<std::uint64_t> count_;
  };

  InFlight enter(InstallationId installation);
  // Counts a request that has entered. Until when the installation is locked out; nothing when it is not.
  std::optional<TimePoint> take(InstallationId installation, std::uint64_t points, const Rule& rule,
                                TimePoint now);
  // Forgets locks and points, not who is being served.
  void clear();

 private:
  struct Entry {
    std::shared_ptr<std::uint64_t> in_flight = std::make_shared<std::uint64_t>(0);
    std::uint64_t points = 0;
    TimePoint minute_ends;
    TimePoint locked_until;
  };
  std::map<InstallationId, Entry> entries_;
};

}  // namespace hubwarden::sandbox
