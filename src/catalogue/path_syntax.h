#pragma once

// Which paths have one meaning for everybody on their way: RFC 3986's characters, whole escapes, and no
// segment that somebody would take out (`.`, `..`, empty), not even behind escapes.

#include <string_view>

namespace hubwarden::catalogue {

// Absolute. One slash at the end is left to the caller to judge.
bool is_plain_path(std::string_view path);

}  // namespace hubwarden::catalogue
