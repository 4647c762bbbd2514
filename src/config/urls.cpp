// The few forms of URL that a configuration holds, taken apart by hand: Boost.URL 1.81 reads the host of
// http://127.0.0.1.example.com as 127.0.0.1, and wraps a port of 99999 round.

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/url_parts.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxHostName = 253;  // RFC 1035, 2.3.4, as text

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostName && is_alnum(host.front()) && is_alnum(host.back()) &&
         host.find("..") == std::string_view::npos &&
         std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

bool is_ip_literal(std::string_view host) {
  if (host.size() < 3 || host.front() != '[' || host.back() != ']') return false;
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), address.data()) == 1;
}

}  // namespace

std::optional<Authority> split_authority(std::string_view text) {
  Authority result;
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  result.host = has_port ? text.substr(0, colon) : text;
  if (has_port) {
    result.port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!result.port || *result.port == 0) return std::nullopt;
  }
  if (!is_host_name(result.host) && !is_ip_literal(result.host)) return std::nullopt;
  return result;
}

std::optional<Url> split_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || text.size() > kMaxUrl) return std::nullopt;
  url.scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  url.authority = rest.substr(0, slash);
  url.path = rest.substr(slash);
  if (const std::size_t at = url.authority.rfind('@'); at != std::string_view::npos) {
    url.user = url.authority.substr(0, at + 1);
    url.authority = url.authority.substr(at + 1);
  }
  const bool plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("\"#<>?\\^`{|}").find(c) == std::string_view::npos;
  });
  if (!plain) return std::nullopt;
  return url;
}

namespace {

std::optional<Url> split_web_url(std::string_view text) {
  const auto url = split_url(text);
  if (!url || (url->scheme != "https" && url->scheme != "http")) return std::nullopt;
  if (!split_authority(url->authority)) return std::nullopt;
  return url;
}

}  // namespace

Parsed<github::Host> parse_api_url(std::string_view text) {
  // Host knows what is GitHub's; this knows what is a URL.
  const bool is_url = split_web_url(text).has_value();
  auto host = github::Host::parse(text);
  if (!is_url || !host)
    return std::unexpected("must be an https URL such as https://api.github.com (http on loopback alone)");
  return std::move(*host);
}

Parsed<github::Host> parse_host(std::string_view text) {
  auto host = github::Host::parse("https://" + std::string(text));
  if (!split_authority(text) || !host) {
    return std::unexpected("must be a host such as github.com or github.example.com:8443");
  }
  return std::move(*host);
}

Parsed<std::string> parse_own_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix) && parse_absolute_path(text.substr(kUnix.size()))) return std::string(text);
  const auto url = split_web_url(text);
  if (!url || !url->user.empty() || !url->path.empty()) {
    return std::unexpected(
        "must be an address such as https://hubwarden.example.com:8443 or unix:/run/hubwarden.sock");
  }
  return std::string(text);
}

Parsed<std::string> parse_webhook_url(std::string_view text) {
  const auto url = split_web_url(text);
  const auto authority = url ? split_authority(url->authority) : std::nullopt;
  const bool is_near = authority && (authority->host == "localhost" || authority->host == "127.0.0.1" ||
                                     authority->host == "[::1]");
  if (!authority || !url->user.empty() || (url->scheme == "http" && !is_near)) {
    return std::unexpected(
        "must be a URL such as https://chat.example.com/hubwarden (http on loopback alone)");
  }
  return std::string(text);
}

Parsed<std::string> parse_proxy(std::string_view text) {
  const auto url = split_web_url(text);
  if (!url || (!url->path.empty() && url->path != "/")) {
    return std::unexpected("must be a URL such as http://proxy.example.com:3128");
  }
  return std::string(text);
}

}  // namespace hubwarden::config
