#pragma once

// Everything that the sandbox knows, in one place: what requests read and write and what the control port
// changes.

#include "sandbox/arrivals.h"
#include "sandbox/closed_buckets.h"
#include "sandbox/faults.h"
#include "sandbox/file_links.h"
#include "sandbox/hooks.h"
#include "sandbox/limits.h"
#include "sandbox/records.h"
#include "sandbox/render.h"
#include "sandbox/secondary_limits.h"
#include "sandbox/settings.h"
#include "sandbox/tokens.h"
#include "sandbox/world.h"

namespace hubwarden::sandbox {

struct State {
  World world;
  Settings settings;
  Urls urls;
  TokenTable tokens;
  RateWindows windows;
  FailedLogins failed_logins;
  SecondaryLimits secondary;
  ClosedBuckets closed_buckets;
  FaultTable faults;
  Records records;
  Arrivals arrivals;
  Hooks hooks;
  FileLinks file_links;

  // The time as GitHub shows it: `Date`, `expires_at`, the check of JWTs.
  TimePoint shown(TimePoint now) const {
    return now + std::chrono::duration_cast<TimePoint::duration>(settings.clock_skew);
  }
};

}  // namespace hubwarden::sandbox
