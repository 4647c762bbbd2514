#pragma once

// A token as a value to be sealed: all that another replica needs to hand it out as if it had minted it.
//
//   {"token":"ghs_…","minted_at":1800000000000000000,"expires_at":1800003600000000000,
//    "permissions":{"contents":"read"},"repositories":["acme/Widgets"],
//    "asked":[{"for":"acme/widgets","name":"acme/Widgets","id":1296269}],
//    "by":{"host":"github.com","app":"12345","installation":7}}
//
// Times are nanoseconds since 1970. `asked`: the repositories of the scope, with GitHub's answer; none for
// all. `by` is not there in what an older hubwarden wrote, which for its part reads what has it. Pure; from
// any thread.

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "tokens/minter.h"

namespace hubwarden::fleet {

// Of the App's own; none that lasts for ever.
Secret token_value(const tokens::Minted& minted);
// Nothing unless it is one.
std::optional<tokens::Minted> read_token_value(std::string_view value);

// 500 repositories, the most that GitHub puts into one token, have at most 140 bytes in each of three names.
inline constexpr std::size_t kMaxTokenValue = 256 << 10;

}  // namespace hubwarden::fleet
