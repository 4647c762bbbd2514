#pragma once

// Small pure functions on text. ASCII only: what passes here is names, headers and numbers, never prose.

#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hubwarden {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view text, std::string_view part);
std::string_view trim(std::string_view text);  // spaces and tabs, both ends
std::vector<std::string_view> split(std::string_view text, char separator);

// Control characters and whatever is not UTF-8 dropped, cut at `max` bytes between characters: for text from
// outside that people will read and JSON will carry.
std::string printable(std::string_view text, std::size_t max);

// The whole text is well-formed UTF-8 (RFC 3629); control characters count as such.
bool is_utf8(std::string_view text);

std::string hex(std::span<const std::byte> bytes);
std::string base64(std::span<const std::byte> bytes);
std::string base64url(std::span<const std::byte> bytes);  // no padding
std::optional<std::string> decode_base64url(std::string_view text);
std::optional<std::string> decode_base64(std::string_view text);

// Everything but RFC 3986's unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);
// Nothing for a broken escape or an encoded NUL. `+` stays `+`.
std::optional<std::string> percent_decode(std::string_view text);

// The whole text is one number in range, or nothing. No sign, no blanks.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// How many single-character edits lie between the two.
std::size_t edit_distance(std::string_view a, std::string_view b);

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Lets maps with std::string keys be asked by string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

}  // namespace hubwarden
