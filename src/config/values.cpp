#include "config/values.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <climits>
#include <limits>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::config {
namespace {

std::unexpected<std::string> must_be(std::string_view what) {
  return std::unexpected("must be " + std::string(what));
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

struct SizeUnit {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array kSizeUnits = {SizeUnit{"", 1}, SizeUnit{"KiB", std::size_t{1} << 10},
                                   SizeUnit{"MiB", std::size_t{1} << 20},
                                   SizeUnit{"GiB", std::size_t{1} << 30}};

std::string size_text(std::size_t bytes) {
  for (auto unit = kSizeUnits.rbegin(); unit != kSizeUnits.rend(); ++unit) {
    if (bytes % unit->bytes == 0 && bytes >= unit->bytes) {
      return std::to_string(bytes / unit->bytes) + std::string(unit->name);
    }
  }
  return "0";
}

bool is_ip(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

Parsed<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return must_be("true or false");
}

Parsed<std::uint64_t> parse_count(std::string_view text, Range<std::uint64_t> range) {
  const auto value = parse_number<std::uint64_t>(text);
  if (value && *value >= range.least && *value <= range.most) return *value;
  return must_be("a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
}

Parsed<Duration> parse_span(std::string_view text, Range<Duration> range) {
  const auto value = parse_duration(text);
  if (!value) return must_be("a duration with its unit, such as 500ms, 30s, 5m or 1h");
  if (*value >= range.least && *value <= range.most) return *value;
  return must_be("from " + duration_text(range.least) + " to " + duration_text(range.most));
}

Parsed<std::size_t> parse_bytes(std::string_view text, Range<std::size_t> range) {
  const auto unit_at = std::ranges::find_if_not(text, is_digit) - text.begin();
  const auto count = parse_number<std::size_t>(text.substr(0, static_cast<std::size_t>(unit_at)));
  const auto unit =
      std::ranges::find(kSizeUnits, text.substr(static_cast<std::size_t>(unit_at)), &SizeUnit::name);
  if (!count || unit == kSizeUnits.end()) return must_be("a size such as 4096, 32KiB or 1MiB");
  const bool fits = *count <= range.most / unit->bytes && *count * unit->bytes >= range.least;
  if (!fits) return must_be("from " + size_text(range.least) + " to " + size_text(range.most));
  return *count * unit->bytes;
}

Parsed<unsigned> parse_file_mode(std::string_view text) {
  const bool octal = !text.empty() && text.size() <= 4 &&
                     std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
  if (!octal || (text.size() == 4 && text.front() != '0')) return must_be("a file mode such as 0660");
  unsigned mode = 0;
  for (const char c : text) mode = mode * 8 + static_cast<unsigned>(c - '0');
  return mode;
}

Parsed<std::uint32_t> parse_uid(std::string_view text) {
  // The last number means "no user" to the kernel.
  const auto uid = parse_number<std::uint32_t>(text);
  if (!uid || *uid == std::numeric_limits<std::uint32_t>::max())
    return must_be("a user's number such as 1000");
  return *uid;
}

Parsed<TcpAddress> parse_tcp_address(std::string_view text) {
  constexpr std::string_view kForm = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return must_be(kForm);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string address = host == "localhost" ? "127.0.0.1" : std::string(host);
  const bool is_v6 = address.find(':') != std::string::npos;
  if (!port || bracketed != is_v6 || !is_ip(address)) return must_be(kForm);
  return TcpAddress{.host = address, .port = *port};
}

bool is_loopback(const TcpAddress& address) {
  return address.host == "::1" || address.host.starts_with("127.");
}

Parsed<std::string> parse_path(std::string_view text) {
  if (text.empty() || text.size() >= PATH_MAX || !is_printable(text)) return must_be("a path");
  return std::string(text);
}

Parsed<std::string> parse_absolute_path(std::string_view text) {
  if (!text.starts_with('/') || !parse_path(text)) return must_be("a path that starts with /");
  return std::string(text);
}

Parsed<std::string> parse_socket_path(std::string_view text) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (text.size() > kLongest) return must_be("a path of at most " + std::to_string(kLongest) + " bytes");
  return parse_path(text);
}

Parsed<std::string> parse_app_name(std::string_view text) {
  constexpr std::size_t kLongest = 40;  // it is a label in metrics and logs
  const bool fits = !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
  if (!fits) return must_be("1 to 40 of a-z, 0-9 and '-'");
  return std::string(text);
}

Parsed<std::string> parse_app_id(std::string_view text) {
  const auto id = parse_number<std::int64_t>(text);
  if (!id || *id == 0) return must_be("the App's number; its client id belongs into client_id");
  return std::to_string(*id);
}

Parsed<std::string> parse_client_id(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  const bool plain = !text.empty() && text.size() <= kLongest &&
                     std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.'; });
  if (!plain || std::ranges::all_of(text, is_digit)) {
    return must_be("the App's client id, such as Iv1.0123456789abcdef");
  }
  return std::string(text);
}

}  // namespace hubwarden::config
