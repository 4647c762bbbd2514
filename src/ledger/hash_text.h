#pragma once

// Hashes as they are written: 64 hexadecimal digits, small ones.

#include <cstddef>
#include <optional>
#include <string_view>

#include "crypto/digest.h"

namespace hubwarden::ledger {

inline constexpr std::size_t kHashText = 64;

std::optional<crypto::Digest> parse_hash(std::string_view text);

}  // namespace hubwarden::ledger
