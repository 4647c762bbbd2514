#pragma once

// A failed mint as text, for the value in Redis: JSON, sealed before it goes there. It holds no secret, but
// it tells of repositories.
//
//   {"code":"rate_limited","fix":"wait","message":"…","detail":"…","status":403,"limit":"primary",
//    "consecutive":2,"met_at":…}       met_at in nanoseconds since 1970
//
// When the pause is over is told by the key's own end: no replica's clock counts.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "tokens/shared_cache.h"

namespace hubwarden::fleet {

// GitHub's words are cut at 500 bytes, ours are shorter.
inline constexpr std::size_t kMaxFailureValue = 8 << 10;

std::string failure_value(const tokens::SharedFailure& failure);
// Nothing for what is none. `not_before`: when its pause is over.
std::optional<tokens::SharedFailure> read_failure_value(std::string_view value, SteadyPoint not_before);

}  // namespace hubwarden::fleet
