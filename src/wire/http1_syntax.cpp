#include "wire/http1_syntax.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace hubwarden::wire {
namespace {

struct Authority {
  std::string_view host;
  std::string_view port;  // without the colon
};

Authority split_authority(std::string_view text) {
  const std::size_t literal_end = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = text.find(':', literal_end);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_host(std::string_view host) {
  if (!host.starts_with('[')) return !host.empty() && all_in(host, kHostByte);
  return host.size() >= 4 && host.back() == ']' && all_in(host.substr(1, host.size() - 2), kIpLiteralByte);
}

bool is_hex(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

// Calls `visit` with each trimmed element until it returns false.
template <class Visit>
void each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (!visit(trim(list.substr(0, comma)))) return;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

bool is_field_text(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  // The well-known tests for a byte below n, and for a byte of zero; here n is a blank, and zero is DEL.
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    const std::uint64_t deletes = bytes ^ kOnes * 0x7f;
    const std::uint64_t below_blank = (bytes - kOnes * 0x20) & ~bytes;
    const std::uint64_t is_delete = (deletes - kOnes) & ~deletes;
    if (((below_blank | is_delete) & kHighs) != 0) break;  // perhaps a tab, which is allowed
    text.remove_prefix(sizeof bytes);
  }
  return all_in(text, kFieldByte);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool list_has(std::string_view list, std::string_view token) {
  bool found = false;
  each_element(list, [&](std::string_view element) {
    found = equal_ignoring_case(element, token);
    return !found;
  });
  return found;
}

bool is_authority(std::string_view text) {
  const Authority authority = split_authority(text);
  if (!is_host(authority.host)) return false;
  // RFC 3986, 3.2.3 allows an empty port after the colon.
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
  if (!all_in(text, kTargetByte)) return false;
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
  }
  return true;
}

bool is_final_chunked(std::string_view codings) {
  bool is_last = false;
  bool something_follows = false;
  each_element(codings, [&](std::string_view coding) {
    something_follows = is_last;
    is_last = equal_ignoring_case(coding, "chunked");
    return !something_follows;
  });
  return is_last && !something_follows;
}

}  // namespace hubwarden::wire
