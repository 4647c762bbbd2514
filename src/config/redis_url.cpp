// Where a Redis is: one server, sentinels, or nodes of a cluster.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/url_parts.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

using Kind = RedisServer::Kind;

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kWrongServer =
    "must be a URL such as redis://redis.example.com:6379/0, rediss://… for TLS, or "
    "unix:///run/redis/redis.sock; of sentinels redis+sentinel://…, of a cluster redis+cluster://…";
constexpr std::string_view kWrongSentinels =
    "must be a URL such as redis+sentinel://one.example.com:26379,two.example.com:26379/main/0, with the "
    "name that the sentinels have for the master";
constexpr std::string_view kWrongCluster =
    "must be a URL such as redis+cluster://one.example.com:6379,two.example.com:6379, without a database: a "
    "cluster has but one";

struct Scheme {
  std::string_view name;
  Kind kind;
  bool is_tls;
  std::uint16_t usual_port;
};
constexpr Scheme kSchemes[] = {
    {"redis", Kind::kSingle, false, 6379},
    {"rediss", Kind::kSingle, true, 6379},
    {"redis+sentinel", Kind::kSentinel, false, 26379},
    {"rediss+sentinel", Kind::kSentinel, true, 26379},
    {"redis+cluster", Kind::kCluster, false, 6379},
    {"rediss+cluster", Kind::kCluster, true, 6379},
};

// Redis has 16 of them unless it is told otherwise.
constexpr int kMaxDatabase = 1'000'000;
// Enough to find the others; each is asked in turn.
constexpr std::size_t kMaxAddresses = 32;

std::optional<int> parse_database(std::string_view text) {
  const auto number = parse_number<int>(text);
  return number && *number >= 0 && *number <= kMaxDatabase ? number : std::nullopt;
}

// As sentinel.c has it (is_valid_master_name).
bool is_master_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

std::optional<RedisServer> parse_socket(std::string_view text) {
  constexpr std::string_view kQuery = "?db=";
  const std::size_t query = std::min(text.find(kQuery), text.size());
  const auto path = parse_socket_path(text.substr(0, query));
  if (!path || !text.starts_with('/') || path->find('?') != std::string::npos) return std::nullopt;
  RedisServer server;
  server.addresses = {RedisAddress(*path, 0)};
  if (query == text.size()) return server;
  const auto database = parse_database(text.substr(query + kQuery.size()));
  if (!database) return std::nullopt;
  server.database = *database;
  return server;
}

std::optional<RedisAddress> parse_address(std::string_view text, std::uint16_t usual_port) {
  const auto authority = split_authority(text);
  if (!authority) return std::nullopt;
  std::string_view host = authority->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return RedisAddress(std::string(host), authority->port.value_or(usual_port));
}

// "/0", "/main", "/main/0"
bool take_path(std::string_view path, RedisServer& server) {
  if (server.kind == Kind::kCluster) return path.size() <= 1;
  std::string_view rest = path.empty() ? path : path.substr(1);
  if (server.kind == Kind::kSentinel) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    server.master = rest.substr(0, slash);
    if (!is_master_name(server.master)) return false;
    rest = slash == rest.size() ? std::string_view() : rest.substr(slash + 1);
  }
  if (rest.empty()) return true;
  const auto database = parse_database(rest);
  if (database) server.database = *database;
  return database.has_value();
}

std::optional<RedisServer> parse_addresses(const Url& url, const Scheme& scheme) {
  RedisServer server;
  server.kind = scheme.kind;
  server.is_tls = scheme.is_tls;
  if (!url.user.empty()) server.user = url.user.substr(0, url.user.size() - 1);
  for (const std::string_view text : split(url.authority, ',')) {
    auto address = parse_address(text, scheme.usual_port);
    if (!address || server.addresses.size() == kMaxAddresses) return std::nullopt;
    server.addresses.push_back(std::move(*address));
  }
  const bool is_one = server.addresses.size() == 1;
  if (scheme.kind == Kind::kSingle && !is_one) return std::nullopt;
  if (!take_path(url.path, server)) return std::nullopt;
  return server;
}

std::unexpected<std::string> wrong(Kind kind) {
  if (kind == Kind::kSentinel) return std::unexpected<std::string>(kWrongSentinels);
  return std::unexpected<std::string>(kind == Kind::kCluster ? kWrongCluster : kWrongServer);
}

}  // namespace

Parsed<RedisServer> parse_redis_url(std::string_view text) {
  if (text.starts_with(kUnix)) {
    auto server = parse_socket(text.substr(kUnix.size()));
    if (!server) return wrong(Kind::kSingle);
    return std::move(*server);
  }
  const auto url = split_url(text);
  const auto* const scheme =
      url ? std::ranges::find(kSchemes, url->scheme, &Scheme::name) : std::ranges::end(kSchemes);
  if (scheme == std::ranges::end(kSchemes)) return wrong(Kind::kSingle);
  if (url->user.find(':') != std::string_view::npos) {
    return std::unexpected("must not hold the password: it belongs into redis.password");
  }
  auto server = parse_addresses(*url, *scheme);
  if (!server) return wrong(scheme->kind);
  return std::move(*server);
}

Parsed<std::string> parse_redis_user(std::string_view text) {
  constexpr std::size_t kMaxUser = 128;
  const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
  if (text.empty() || text.size() > kMaxUser || !plain) {
    return std::unexpected("must be a user's name, without blanks and ':'");
  }
  return std::string(text);
}

}  // namespace hubwarden::config
