#pragma once

// SHA-256 and HMAC-SHA-256. Pure; from any thread.
//
//   Digest digest = crypto::sha256("abc");
//   if (crypto::equal_in_constant_time(digest, stored)) …

#include <array>
#include <cstddef>
#include <string_view>

#include "base/secret.h"

namespace hubwarden::crypto {

using Digest = std::array<std::byte, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(const Secret& key, std::string_view message);

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Digest& a, const Digest& b);

}  // namespace hubwarden::crypto
