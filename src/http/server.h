#pragma once

// The HTTP/1.1 server: TCP, TLS and Unix sockets on every loop, one handler behind them.
//
//   Server server(loops, router, ServerParts{clock, timers, random, log, metrics}, ServerOptions());
//   Result<std::uint16_t> port = server.listen_tcp(net::TcpAddress("127.0.0.1", 8080));
//   …
//   std::size_t abandoned = co_await server.stop(30s);
//
// A connection lives on the loop that accepted it. Threads: every function from any thread.
// Lifetime: the loops and the parts outlive the server; the handler lives until stop() has returned 0 or the
// loops have stopped. Errors of requests are answered and counted here; an exception from the handler is
// answered with 500, logged and counted.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/random.h"
#include "http/client_address.h"
#include "http/handler.h"
#include "net/event.h"
#include "net/listener.h"
#include "net/loops.h"
#include "net/timers.h"
#include "net/tls.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::http {

struct ServerOptions {
  ServerOptions() = default;

  // Of the whole process. What comes above it is closed at once: better a few refused than all of them slow.
  std::size_t max_connections = 16'384;
  // The same for one address, Unix sockets and trusted proxies excepted; 0: no limit.
  std::size_t max_connections_per_address = 0;
  TrustedProxies trusted_proxies;
  // What a handler reads unless it says otherwise (Request::set_body_limit).
  std::uint64_t max_body = 1 << 20;
  // From the connection, or from a request's first byte, to the end of its head. TLS handshakes too.
  Duration head_timeout = std::chrono::seconds(10);
  // Without a request. Longer than the 60 s of the usual proxies, which must not meet our close.
  Duration idle_timeout = std::chrono::seconds(75);
  // What a body may make us wait beyond min_rate, in all.
  Duration body_timeout = std::chrono::seconds(30);
  // What a reader may make us wait beyond min_rate, in all, for one answer.
  Duration write_timeout = std::chrono::seconds(30);
  // Bytes per second that each peer must manage beside those two.
  std::uint64_t min_rate = 1024;
  // Whose processes may connect to Unix sockets; empty: whoever the file's mode lets. Others are closed at
  // once, and so is a peer whose user the kernel does not tell.
  std::vector<std::uint32_t> unix_allowed_uids;
};

// What the server needs from outside. All are used from every loop's thread.
struct ServerParts {
  const Clock& clock;
  net::Timers& timers;
  Random& random;
  obs::Log& log;
  obs::Metrics& metrics;
};

class ServerCore;
class ServerShared;

class Server {
 public:
  Server(net::Loops& loops, Handler& handler, const ServerParts& parts, const ServerOptions& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // after stop(), or after the loops have stopped

  // The port, which the kernel chose if the address has none. With `tls`, HTTPS.
  Result<std::uint16_t> listen_tcp(const net::TcpAddress& address,
                                   std::shared_ptr<net::TlsServer> tls = nullptr);
  // The file is removed again by stop().
  Result<> listen_unix(const std::string& path, mode_t mode = 0660);

  // Stops accepting, closes idle connections, lets the others finish their request; after `grace` they are
  // cut. The number of those that were still in their handler even then. Once.
  Task<std::size_t> stop(Duration grace);

  std::size_t open_connections() const;

 private:
  net::Loops& loops_;
  ServerParts parts_;
  std::shared_ptr<ServerShared> shared_;
  std::vector<std::shared_ptr<ServerCore>> cores_;  // one for each loop; connections share them
  Guarded<std::vector<net::SocketFile>> socket_files_;
};

}  // namespace hubwarden::http
