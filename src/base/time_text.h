#pragma once

// Times as others write them.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hubwarden {

std::string rfc3339(TimePoint time);                              // 2026-11-22T19:30:00Z, whole seconds
std::optional<TimePoint> parse_rfc3339(std::string_view text);    // offsets and fractions are read too
std::string http_date(TimePoint time);                            // Sun, 22 Nov 2026 19:30:00 GMT
std::optional<TimePoint> parse_http_date(std::string_view text);  // that form alone (RFC 9110, 5.6.7)

// "250ms", "20s", "5m", "1h", "2d"; a number without a unit is not a duration.
std::optional<Duration> parse_duration(std::string_view text);
// The same form, the largest unit that divides it.
std::string duration_text(Duration duration);

}  // namespace hubwarden
