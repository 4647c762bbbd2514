// The few forms of URL that a configuration holds, taken apart by hand: Boost.URL 1.81 reads the host of
// http://127.0.0.1.example.com as 127.0.0.1, and wraps a port of 99999 round.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxHostName = 253;  // RFC 1035, 2.3.4, as text

struct Url {
  std::string_view scheme;
  std::string_view user;  // before '@', empty without one
  std::string_view authority;
  std::string_view path;
};

// An authority: a DNS name, an IPv4 address or a bracketed IPv6 address, and maybe a port.
struct Authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

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

// http or https, without query and fragment; printable ASCII without what a URL must escape.
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
  const bool known = url.scheme == "https" || url.scheme == "http";
  if (!plain || !known || !split_authority(url.authority)) return std::nullopt;
  return url;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

}  // namespace

Parsed<std::string> parse_service_url(std::string_view text) {
  const auto url = split_url(text);
  if (!url || !url->user.empty()) return std::unexpected("must be a URL such as https://api.github.com");
  std::string_view path = url->path;
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(url->scheme) + "://" + lower(url->authority) + std::string(path);
}

Parsed<std::string> parse_base_url(std::string_view text) {
  auto url = parse_service_url(text);
  if (!url || url->starts_with("https://")) return url;
  if (is_loopback_host(split_authority(split_url(*url)->authority)->host)) return url;
  return std::unexpected("must be https: http is for a sandbox on loopback");
}

Parsed<std::string> parse_host(std::string_view text) {
  if (!split_authority(text))
    return std::unexpected("must be a host such as github.com or github.example.com:8443");
  return lower(text);
}

Parsed<std::string> parse_proxy(std::string_view text) {
  const auto url = split_url(text);
  if (!url || (!url->path.empty() && url->path != "/")) {
    return std::unexpected("must be a URL such as http://proxy.example.com:3128");
  }
  return std::string(text);
}

std::string api_url_of(std::string_view host) {
  if (host == "github.com") return "https://api.github.com";
  if (host.ends_with(".ghe.com")) return "https://api." + std::string(host);
  return "https://" + std::string(host) + "/api/v3";
}

std::string host_of(std::string_view api_url) {
  std::string_view authority = api_url.substr(api_url.find("://") + 3);
  authority = authority.substr(0, authority.find('/'));
  const bool githubs_own = authority == "api.github.com" || authority.ends_with(".ghe.com");
  if (githubs_own && authority.starts_with("api.")) authority.remove_prefix(4);
  return std::string(authority);
}

}  // namespace hubwarden::config
