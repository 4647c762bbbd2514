#pragma once

// SHA-1, for names that others chose to make with it; it keeps nothing secret and proves nothing. Pure; from
// any thread.
//
//   const Sha1 name = crypto::sha1(script);

#include <array>
#include <cstddef>
#include <string_view>

namespace hubwarden::crypto {

using Sha1 = std::array<std::byte, 20>;

Sha1 sha1(std::string_view bytes);

}  // namespace hubwarden::crypto
