#include "github/server_clock.h"

#include <algorithm>
#include <optional>

#include "base/time_text.h"

namespace hubwarden::github {

namespace {

// `Date` was written somewhere between a request's begin and its end, and was cut to the second.
Duration nearest(Duration believed, Duration least, Duration took) {
  return std::clamp(believed, least, least + std::chrono::seconds(1) + took);
}

}  // namespace

TimePoint ServerClock::now() const {
  const TimePoint by_calendar = local_.now() + std::chrono::duration_cast<TimePoint::duration>(skew());
  const Duration::rep ahead = ahead_of_steady_.load(std::memory_order_relaxed);
  if (ahead == kNotSeen) return by_calendar;
  const Duration since_epoch = local_.steady_now().time_since_epoch() + Duration(ahead);
  return std::max(by_calendar, TimePoint(std::chrono::duration_cast<TimePoint::duration>(since_epoch)));
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

  const Duration before = skew();
  const Duration corrected = nearest(before, *date - here, took);
  skew_.store(corrected.count(), std::memory_order_relaxed);
  const Duration steady = local_.steady_now().time_since_epoch();
  const Duration::rep known = ahead_of_steady_.load(std::memory_order_relaxed);
  const Duration believed =
      known == kNotSeen ? here.time_since_epoch() + corrected - steady : Duration(known);
  const Duration ahead = nearest(believed, date->time_since_epoch() - steady, took);
  ahead_of_steady_.store(ahead.count(), std::memory_order_relaxed);
  if (corrected_ && std::chrono::abs(corrected - before) >= kWorthTelling) corrected_(corrected - before);
  return true;
}

}  // namespace hubwarden::github
