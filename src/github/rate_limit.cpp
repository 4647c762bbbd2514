#include "github/rate_limit.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::github {
namespace {

constexpr std::size_t kMaxResource = 64;
constexpr std::int64_t kLastSecond = 9'000'000'000;  // in the year 2255: near the end of what TimePoint holds

std::optional<std::uint64_t> number(const http::Fields& fields, std::string_view name) {
  return parse_number<std::uint64_t>(trim(fields.find(name).value_or("")));
}

bool is_resource(std::string_view text) {
  return !text.empty() && text.size() <= kMaxResource &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

}  // namespace

std::optional<TimePoint> rate_limit_reset(const http::Fields& fields) {
  const auto seconds = parse_number<std::int64_t>(trim(fields.find("x-ratelimit-reset").value_or("")));
  if (!seconds || *seconds > kLastSecond) return std::nullopt;
  return TimePoint(std::chrono::seconds(*seconds));
}

std::optional<RateLimit> rate_limit_of(const http::Fields& fields) {
  const auto limit = number(fields, "x-ratelimit-limit");
  const auto remaining = number(fields, "x-ratelimit-remaining");
  const auto reset = rate_limit_reset(fields);
  if (!limit || !remaining || !reset || *remaining > *limit) return std::nullopt;
  RateLimit seen;
  seen.limit = *limit;
  seen.remaining = *remaining;
  seen.reset = *reset;
  const std::string_view resource = fields.find("x-ratelimit-resource").value_or("");
  seen.is_named = is_resource(resource);
  if (seen.is_named) seen.resource = resource;
  return seen;
}

}  // namespace hubwarden::github
