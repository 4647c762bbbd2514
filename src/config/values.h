#pragma once

// One text of a configuration → one value, or what it should have been: "must be a duration such as 30s or
// 5m". Pure functions; the message never repeats the text, its caller does where that is safe.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "github/host.h"

namespace hubwarden::config {

template <class T>
using Parsed = std::expected<T, std::string>;

// Both ends belong to the range.
template <class T>
struct Range {
  T least;
  T most;
};

Parsed<bool> parse_bool(std::string_view text);  // true, false
Parsed<std::uint64_t> parse_count(std::string_view text, Range<std::uint64_t> range);
Parsed<Duration> parse_span(std::string_view text, Range<Duration> range);
Parsed<std::size_t> parse_bytes(std::string_view text, Range<std::size_t> range);  // 4096, 32KiB, 1MiB
Parsed<unsigned> parse_file_mode(std::string_view text);                           // 0660
Parsed<std::uint32_t> parse_uid(std::string_view text);                            // 1000

Parsed<TcpAddress> parse_tcp_address(std::string_view text);  // 127.0.0.1:8080, [::1]:8080, localhost:8080
bool is_loopback(const TcpAddress& address);

// An absolute path, or one relative to the working directory: not empty, not longer than the kernel takes.
Parsed<std::string> parse_path(std::string_view text);
Parsed<std::string> parse_absolute_path(std::string_view text);
// For a Unix socket: also within sockaddr_un.
Parsed<std::string> parse_socket_path(std::string_view text);

// https://api.github.com; http on loopback alone.
Parsed<github::Host> parse_api_url(std::string_view text);
// github.com, acme.ghe.com, github.example.com:8443
Parsed<github::Host> parse_host(std::string_view text);
// redis://user@host:6379/0, rediss:// for TLS, unix:///run/redis.sock?db=0,
// redis+sentinel://user@host:26379,host/master/0, redis+cluster://user@host:6379,host; without the password.
Parsed<RedisServer> parse_redis_url(std::string_view text);
Parsed<std::string> parse_redis_user(std::string_view text);
// postgresql://user@host:5432/database?sslmode=verify-full, as PostgreSQL's own programs take it; without the
// password.
Parsed<std::string> parse_postgres_url(std::string_view text);
// What is sent there stays on this machine, or is encrypted for a server that shows who it is.
bool is_safe_from_the_network(std::string_view postgres_url);
Parsed<std::string> parse_proxy(std::string_view text);  // http://proxy:3128
// Where others reach hubwarden: https://host:port, http on loopback or within a network, unix:/path.
Parsed<std::string> parse_own_address(std::string_view text);
// Where others are told something: https://host/path; http on loopback alone.
Parsed<std::string> parse_webhook_url(std::string_view text);
Parsed<std::string> parse_app_name(std::string_view text);
Parsed<std::string> parse_app_id(std::string_view text);     // digits
Parsed<std::string> parse_client_id(std::string_view text);  // Iv1.0123456789abcdef

}  // namespace hubwarden::config
