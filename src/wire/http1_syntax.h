#pragma once

// Small questions about the text of HTTP/1.1 (RFC 9110, RFC 9112, RFC 3986). Pure.

#include <array>
#include <cstdint>
#include <string_view>

namespace hubwarden::wire {

// What a byte may be part of.
enum ByteClass : std::uint8_t {
  kTokenByte = 1,      // RFC 9110, 5.6.2: a method, a field's name
  kFieldByte = 2,      // RFC 9110, 5.5: a field's value, with its blanks and obs-text; no control characters
  kTargetByte = 4,     // RFC 3986: a path and a query, '%' included
  kHostByte = 8,       // RFC 3986: a registered name
  kIpLiteralByte = 16  // RFC 3986: what stands between the brackets of an IPv6 address
};

namespace detail {

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&classes](std::string_view bytes, unsigned as) {
    for (const char c : bytes) classes[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(as);
  };
  mark("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
       kTokenByte | kTargetByte | kHostByte);
  mark("!#$%&'*+-.^_`|~", kTokenByte);
  mark("-._~!$&'()*+,;=:@/?%[]", kTargetByte);
  mark("-._~!$&'()*+,;=%", kHostByte);
  mark("0123456789abcdefABCDEF:.", kIpLiteralByte);
  for (unsigned byte = 0x20; byte < 256; ++byte) {
    if (byte != 0x7f) classes[byte] |= kFieldByte;
  }
  mark("\t", kFieldByte);
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kByteClasses = make_byte_classes();

}  // namespace detail

constexpr bool is_in(char c, ByteClass byte_class) {
  return (detail::kByteClasses[static_cast<unsigned char>(c)] & byte_class) != 0;
}

// Targets and names, of every request: without a branch for each byte, several at a time.
constexpr bool all_in(std::string_view text, ByteClass byte_class) {
  unsigned common = byte_class;
#pragma GCC unroll 8
  for (const char c : text) common &= detail::kByteClasses[static_cast<unsigned char>(c)];
  return common != 0;
}

constexpr bool is_token(std::string_view text) {
  return !text.empty() && all_in(text, kTokenByte);
}

// All of it kFieldByte. Values are most of a head, so they are looked at eight bytes at a time.
bool is_field_text(std::string_view text);

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
// Whether one of the elements of a comma-separated list is `token`, without regard to case.
bool list_has(std::string_view list, std::string_view token);

// "host", "host:80", "[::1]:443"; no user information; not empty.
bool is_authority(std::string_view text);
// The same host and port; a missing port is `default_port`.
bool same_authority(std::string_view a, std::string_view b, std::string_view default_port);
// The bytes of RFC 3986 outside a fragment, and each '%' followed by two hexadecimal digits.
bool is_target_text(std::string_view text);
// A list of transfer codings in which "chunked" comes once, at the end.
bool is_final_chunked(std::string_view codings);

}  // namespace hubwarden::wire
