#pragma once

// A token that is to be ended, as a value to be sealed: all that another replica needs to end it.
//
//   {"token":"ghs_…","host":"github.com","app":"123456","due":1800000900000000000,"dead_at":1800003600000000000}
//
// Times are nanoseconds since 1970. Pure; from any thread.

#include <string_view>

#include "base/secret.h"
#include "tokens/ending.h"

namespace hubwarden::fleet {

Secret ending_value(const tokens::Ending& ending);
// Null unless it is one.
tokens::EndingPtr read_ending_value(std::string_view value);

// A token of 8 KiB at most, and two names.
inline constexpr std::size_t kMaxEndingValue = 16 << 10;

}  // namespace hubwarden::fleet
