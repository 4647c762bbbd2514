#include "wire/http1_syntax.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace hubwarden::wire {
namespace {

enum : std::uint8_t { kToken = 1, kTarget = 2, kHost = 4, kHex = 8 };

// What each byte may be part of.
constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&classes](std::string_view characters, std::uint8_t as) {
    for (const char c : characters) classes[static_cast<unsigned char>(c)] |= as;
  };
  constexpr std::string_view kAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  mark(kAlphanumeric, kToken | kTarget | kHost);
  mark("0123456789abcdefABCDEF", kHex);
  mark("!#$%&'*+-.^_`|~", kToken);
  mark("-._~!$&'()*+,;=:@/?%[]", kTarget);
  mark("-._~!$&'()*+,;=%", kHost);
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is(char c, std::uint8_t as) {
  return (kClasses[static_cast<unsigned char>(c)] & as) != 0;
}

bool all(std::string_view text, std::uint8_t as) {
  return std::ranges::all_of(text, [as](char c) { return is(c, as); });
}

struct Authority {
  std::string_view host;
  std::string_view port;  // without the colon
  bool has_port;
};

Authority split_authority(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

bool is_ip_literal(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  return std::ranges::all_of(host.substr(1, host.size() - 2),
                             [](char c) { return is(c, kHex) || c == ':' || c == '.'; });
}

}  // namespace

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool is_token(std::string_view text) {
  return !text.empty() && all(text, kToken);
}

bool is_authority(std::string_view text) {
  const Authority authority = split_authority(text);
  if (authority.host.empty()) return false;
  if (!all(authority.host, kHost) && !is_ip_literal(authority.host)) return false;
  // RFC 3986 allows an empty port after the colon.
  return authority.port.size() <= 5 && std::ranges::all_of(authority.port, is_digit);
}

bool same_authority(std::string_view a, std::string_view b, std::string_view default_port) {
  const Authority left = split_authority(a);
  const Authority right = split_authority(b);
  const std::string_view left_port = left.port.empty() ? default_port : left.port;
  const std::string_view right_port = right.port.empty() ? default_port : right.port;
  return equal_ignoring_case(left.host, right.host) && left_port == right_port;
}

bool is_target_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is(text[i], kTarget)) return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !is(text[i + 1], kHex) || !is(text[i + 2], kHex)) return false;
  }
  return true;
}

bool is_final_chunked(std::string_view codings) {
  bool final_one = false;
  while (!codings.empty()) {
    // "chunked" came, and something follows it.
    if (final_one) return false;
    const std::size_t comma = std::min(codings.find(','), codings.size());
    final_one = equal_ignoring_case(trim(codings.substr(0, comma)), "chunked");
    codings.remove_prefix(std::min(comma + 1, codings.size()));
  }
  return final_one;
}

}  // namespace hubwarden::wire
