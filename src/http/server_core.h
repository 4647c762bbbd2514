#pragma once

// What the connections of one loop share, and what all loops share. Private to the server.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "http/server.h"
#include "http/server_answer.h"
#include "http/server_exchange.h"
#include "net/deadlines.h"
#include "obs/request_id.h"

namespace hubwarden::http {

class ServerMetrics {
 public:
  explicit ServerMetrics(obs::Metrics& metrics);

  obs::Counter& accepted;
  obs::Counter& turned_away;  // above max_connections
  obs::Counter& strangers;    // on a Unix socket, of users that are not allowed
  obs::Counter& refused;      // malformed requests
  obs::Counter& timed_out;
  obs::Counter& handler_failures;

  void answered(int status) {
    const bool is_known = status >= 100 && status < 600;
    by_class_[is_known ? static_cast<std::size_t>(status / 100 - 1) : 4]->add();
  }

 private:
  std::array<obs::Counter*, 5> by_class_;
};

// Of the process. Any thread.
class ServerShared {
 public:
  ServerShared(const ServerParts& parts_, const ServerOptions& options_)
      : parts(parts_), options(options_), metrics(parts_.metrics) {}

  // Whether this peer may be served at all.
  bool admits(const net::PeerIdentity& peer) const;
  // Counts one more, unless there are too many or the server stops. closed() is told the same address.
  bool try_open(const std::string& address);
  void closed(const std::string& address);
  void begin_stop();
  std::size_t open() const { return open_.load(); }

  const ServerParts parts;
  const ServerOptions options;
  ServerMetrics metrics;
  net::Event all_closed;

 private:
  std::atomic<bool> stopping_{false};
  bool try_count(const std::string& address);
  bool counts(const std::string& address) const;
  void close_one();

  std::atomic<std::size_t> open_{0};
  Guarded<std::unordered_map<std::string, std::size_t>> open_by_address_;
};

// One listening socket on one loop.
class ServerListener {
 public:
  ServerListener(const net::Executor& executor, net::UniqueFd socket, std::shared_ptr<net::TlsServer> tls_)
      : descriptor(executor, std::move(socket)), tls(std::move(tls_)) {}

  net::Descriptor descriptor;
  std::shared_ptr<net::TlsServer> tls;  // null: plain
};

class OpenConnection;

// Of one loop, and used on its thread; start_…() from any.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  using Targets = std::vector<std::weak_ptr<ServerCore>>;

  ServerCore(const net::Executor& executor, Handler& handler, std::shared_ptr<ServerShared> shared);

  void start_ticking();
  // Connections of `socket` go to `targets` in turn.
  void start_accepting(net::UniqueFd socket, std::shared_ptr<net::TlsServer> tls, Targets targets);
  void start_session(net::Accepted accepted, std::shared_ptr<net::TlsServer> tls);

  // Listeners go, idle connections too.
  void stop_accepting();
  // Every connection is cut.
  void cut_all();

  const net::Executor& executor() const { return executor_; }
  Handler& handler() { return handler_; }
  const ServerShared& shared() const { return *shared_; }
  ServerShared& shared() { return *shared_; }
  const ServerOptions& options() const { return shared_->options; }
  bool is_stopping() const { return stopping_; }

  net::Deadlines& deadlines() { return deadlines_; }
  ExchangePool& exchanges() { return exchanges_; }
  obs::RequestIds& request_ids() { return request_ids_; }
  // As of the last tick.
  const AnswerOpening& opening(const Peer& peer) const { return peer.is_tls ? opening_over_tls_ : opening_; }

 private:
  using Deadlines = net::Deadlines;

  static Task<> accept(std::shared_ptr<ServerCore> core, std::shared_ptr<ServerListener> listener,
                       Targets targets);
  static Task<> serve(std::shared_ptr<ServerCore> core, std::unique_ptr<OpenConnection> open,
                      net::Accepted accepted, std::shared_ptr<net::TlsServer> tls);
  void take_date();
  net::OnFailure log_failure();

  net::Executor executor_;
  Handler& handler_;
  std::shared_ptr<ServerShared> shared_;
  net::Deadlines deadlines_;
  ExchangePool exchanges_;
  obs::RequestIds request_ids_;
  AnswerOpening opening_;
  AnswerOpening opening_over_tls_;
  std::vector<std::weak_ptr<ServerListener>> listeners_;
  bool stopping_ = false;
};

}  // namespace hubwarden::http
