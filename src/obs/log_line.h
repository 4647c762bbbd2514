#pragma once

// How an event looks on its line. Pure functions of values.
//
//   [github] 2026-11-22T19:30:00.250Z info token_handed_out fingerprint=ghs_0123456789ab remaining=583.5s
//   {"time":"2026-11-22T19:30:00.250Z","severity":"info","component":"github","event":"token_handed_out",…}

#include <cstddef>
#include <span>
#include <string>

#include "obs/log.h"

namespace hubwarden::obs {

enum class LogFormat { kText, kJson };

// A value may come from outside (a path, GitHub's message): it is cut here, so that no request can flood the
// log.
inline constexpr std::size_t kMaxLoggedValue = 512;

// One line without its newline. Control characters and bytes that are not UTF-8 never reach it. Durations are
// seconds; times are RFC 3339 in UTC.
std::string log_line(LogFormat format, TimePoint at, Severity severity, EventName name,
                     std::span<const Field> fields);

}  // namespace hubwarden::obs
