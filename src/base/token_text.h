#pragma once

// What a credential looks like as text, whoever issued it.

#include <cstddef>
#include <string>
#include <string_view>

namespace hubwarden {

constexpr std::size_t kMaxToken = 8 * 1024;  // GitHub's longest are about 520 bytes, and may grow

// One that headers and JSON strings carry as it is: printable ASCII without blanks, quotes and backslashes.
bool is_token_text(std::string_view text);

// With every word that has the shape of GitHub's tokens, of ours or of a JWT replaced by "[token]": for text
// from outside, which may repeat what it was sent.
std::string without_tokens(std::string_view text);

}  // namespace hubwarden
