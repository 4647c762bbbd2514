#include "github/server_clock.h"

#include <algorithm>
#include <optional>

#include "base/time_text.h"

namespace hubwarden::github {

TimePoint ServerClock::now() const {
  return local_.now() + std::chrono::duration_cast<TimePoint::duration>(skew());
}

bool ServerClock::observe(const http::Fields& fields, Duration took) {
  const std::optional<std::string_view> date_field = fields.find("Date");
  const std::optional<TimePoint> date = date_field ? parse_http_date(*date_field) : std::nullopt;
  const bool is_cached = fields.find("Age").value_or("0") != "0";
  if (!date || is_cached || took < Duration::zero() || took > kMaxTook) return false;

  // Compared in seconds first: a date centuries away does not fit into nanoseconds of difference.
  const TimePoint here = local_.now();
  const auto apart =
      std::chrono::floor<std::chrono::seconds>(*date) - std::chrono::floor<std::chrono::seconds>(here);
  if (std::chrono::abs(apart) > kMaxSkew) return false;

  const Duration least = *date - here;
  const Duration most = least + std::chrono::seconds(1) + took;
  skew_.store(std::clamp(skew(), least, most).count(), std::memory_order_relaxed);
  return true;
}

}  // namespace hubwarden::github
