#pragma once

// Small questions about the text of HTTP/1.1 (RFC 9110, RFC 9112, RFC 3986). Pure.

#include <string_view>

namespace hubwarden::wire {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

// RFC 9110, 5.6.2: what a method or a field's name consists of.
bool is_token(std::string_view text);
// "host", "host:80", "[::1]:443"; no user information; not empty.
bool is_authority(std::string_view text);
// The same host and port; a missing port is `default_port`.
bool same_authority(std::string_view a, std::string_view b, std::string_view default_port);
// The characters of RFC 3986 outside a fragment, and each '%' followed by two hexadecimal digits.
bool is_target_text(std::string_view text);
// A list of transfer codings in which "chunked" comes once, at the end.
bool is_final_chunked(std::string_view codings);

}  // namespace hubwarden::wire
