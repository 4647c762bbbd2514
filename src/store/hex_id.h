#pragma once

// Ids that name a credential without being it: random, safe to show, written as 16 hexadecimal digits.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hubwarden::store {

std::string to_hex_id(std::uint64_t value);
// One id has one spelling: no capitals, no missing zeros.
std::optional<std::uint64_t> parse_hex_id(std::string_view text);

}  // namespace hubwarden::store
