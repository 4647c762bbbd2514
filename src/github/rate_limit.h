#pragma once

// What GitHub's x-ratelimit fields say. They come with most REST answers; an answer to a mint has none.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "http/message.h"

namespace hubwarden::github {

// The limit belongs to the installation (all its tokens together) and the resource.
struct RateLimit {
  RateLimit() = default;

  std::uint64_t limit = 0;
  std::uint64_t remaining = 0;
  TimePoint reset;                // by GitHub's clock
  std::string resource = "core";  // "search", "graphql", …
  bool is_named = false;          // by the answer itself
};

// Nothing unless limit, remaining and reset are all there and make sense.
std::optional<RateLimit> rate_limit_of(const http::Fields& fields);

// x-ratelimit-reset (seconds since 1970), if it is there and a time that a clock can hold.
std::optional<TimePoint> rate_limit_reset(const http::Fields& fields);

}  // namespace hubwarden::github
