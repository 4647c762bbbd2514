#pragma once

// A caller's value in the path of a request to GitHub: checked, then percent-encoded.
//
//   Result<std::string> encoded = encode_path_value(*parameter, "feature/login page");   //
//   "feature%2Flogin%20page"
//
// Values are given plain. What looks percent-encoded is refused, for it was encoded once too often or wants
// to be decoded somewhere; so are control characters, backslashes, empty and dot segments, and slashes where
// the parameter is one segment. Whatever else a value holds (`#`, `?`, blanks) arrives as its bytes and
// nothing else.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "catalogue/parameter.h"

namespace hubwarden::delivery {

// Longer than any path in a repository that people use, and a quarter of what servers take for a request
// line.
constexpr std::size_t kMaxPathValue = 2048;

// `invalid_request`, naming the parameter.
Result<std::string> encode_path_value(const catalogue::Parameter& parameter, std::string_view value);

// Well-formed UTF-8 without control characters.
bool is_plain_text(std::string_view text);

}  // namespace hubwarden::delivery
