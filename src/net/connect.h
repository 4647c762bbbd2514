#pragma once

// Connections that we make: TCP, TLS and Unix sockets. (HTTP has libcurl for that.)
//
//   Endpoint endpoint = Endpoint::tcp("redis.internal", 6379);
//   Result<std::unique_ptr<Stream>> stream = co_await connect(std::move(plan));

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "net/stream.h"
#include "net/timers.h"
#include "net/tls_client.h"

namespace hubwarden::net {

class Endpoint {
 public:
  // A name, or an address without brackets.
  static Endpoint tcp(std::string host, std::uint16_t port) { return {std::move(host), port}; }
  static Endpoint unix_socket(std::string path) { return {std::move(path), 0}; }

  bool is_unix() const { return port_ == 0; }
  const std::string& host() const { return host_; }  // of a Unix socket its path
  std::uint16_t port() const { return port_; }
  // "redis.internal:6379", "[::1]:6379", "/run/redis.sock": what messages may show.
  std::string text() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;

 private:
  Endpoint(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  std::string host_;
  std::uint16_t port_;
};

struct ConnectPlan {
  ConnectPlan(Endpoint endpoint_, const Clock& clock_, Timers& timers_, SteadyPoint deadline_)
      : endpoint(std::move(endpoint_)), clock(clock_), timers(timers_), deadline(deadline_) {}

  Endpoint endpoint;
  std::shared_ptr<TlsClient> tls;  // null: without TLS
  const Clock& clock;
  Timers& timers;
  SteadyPoint deadline;
};

// Ready for use, the TLS handshake included. On the caller's loop. A name's addresses are tried one after the
// other, each for its share of the time. `unavailable` says where it ended.
Task<Result<std::unique_ptr<Stream>>> connect(ConnectPlan plan);

}  // namespace hubwarden::net
