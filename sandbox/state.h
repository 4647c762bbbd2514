#pragma once

// Everything that the sandbox knows, in one place: what requests read and write and what the control port
// changes.

#include "sandbox/faults.h"
#include "sandbox/hooks.h"
#include "sandbox/limits.h"
#include "sandbox/records.h"
#include "sandbox/render.h"
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
  FaultTable faults;
  Records records;
  Hooks hooks;

  // The time as GitHub shows it: `Date`, `expires_at`, the check of JWTs.
  TimePoint shown(TimePoint now) const {
    return now + std::chrono::duration_cast<TimePoint::duration>(settings.clock_skew);
  }
};

}  // namespace hubwarden::sandbox
