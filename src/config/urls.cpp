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

using Schemes = std::array<std::string_view, 2>;
constexpr Schemes kWeb = {"https", "http"};
constexpr Schemes kRedis = {"rediss", "redis"};

// Without query and fragment; printable ASCII without what a URL must escape.
std::optional<Url> split_url(std::string_view text, const Schemes& schemes = kWeb) {
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
  const bool known = std::ranges::find(schemes, url.scheme) != schemes.end();
  if (!plain || !known || !split_authority(url.authority)) return std::nullopt;
  return url;
}

// Redis has 16 of them unless it is told otherwise.
constexpr int kMaxDatabase = 1'000'000;

std::optional<int> parse_database(std::string_view text) {
  const auto number = parse_number<int>(text);
  return number && *number >= 0 && *number <= kMaxDatabase ? number : std::nullopt;
}

std::optional<RedisServer> parse_redis_socket(std::string_view text) {
  constexpr std::string_view kQuery = "?db=";
  const std::size_t query = std::min(text.find(kQuery), text.size());
  RedisServer server;
  const auto path = parse_socket_path(text.substr(0, query));
  if (!path || !text.starts_with('/')) return std::nullopt;
  server.host = *path;
  if (query == text.size()) return server;
  const auto database = parse_database(text.substr(query + kQuery.size()));
  if (!database) return std::nullopt;
  server.database = *database;
  return server;
}

std::optional<RedisServer> parse_redis_address(std::string_view text) {
  constexpr std::uint16_t kUsualPort = 6379;
  const auto url = split_url(text, kRedis);
  if (!url) return std::nullopt;
  const Authority authority = *split_authority(url->authority);
  RedisServer server;
  server.is_tls = url->scheme == kRedis.front();
  server.host = authority.host;
  if (server.host.starts_with('[')) server.host = server.host.substr(1, server.host.size() - 2);
  server.port = authority.port.value_or(kUsualPort);
  if (!url->user.empty()) server.user = url->user.substr(0, url->user.size() - 1);
  if (url->path.size() <= 1) return server;
  const auto database = parse_database(url->path.substr(1));
  if (!database) return std::nullopt;
  server.database = *database;
  return server;
}

}  // namespace

Parsed<RedisServer> parse_redis_url(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  auto server =
      text.starts_with(kUnix) ? parse_redis_socket(text.substr(kUnix.size())) : parse_redis_address(text);
  if (!server) {
    return std::unexpected(
        "must be a URL such as redis://redis.example.com:6379/0, rediss://… for TLS, or "
        "unix:///run/redis/redis.sock");
  }
  if (server->user.find(':') != std::string::npos) {
    return std::unexpected("must not hold the password: it belongs into redis.password");
  }
  return std::move(*server);
}

Parsed<github::Host> parse_api_url(std::string_view text) {
  // Host knows what is GitHub's; this knows what is a URL.
  const bool is_url = split_url(text).has_value();
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
  const auto url = split_url(text);
  if (!url || !url->user.empty() || !url->path.empty()) {
    return std::unexpected(
        "must be an address such as https://hubwarden.example.com:8443 or unix:/run/hubwarden.sock");
  }
  return std::string(text);
}

Parsed<std::string> parse_proxy(std::string_view text) {
  const auto url = split_url(text);
  if (!url || (!url->path.empty() && url->path != "/")) {
    return std::unexpected("must be a URL such as http://proxy.example.com:3128");
  }
  return std::string(text);
}

}  // namespace hubwarden::config
