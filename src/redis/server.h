#pragma once

// One Redis server, connected when it is needed and again whenever the connection has ended. Away or slow, it
// costs nobody more than a deadline: after a few failures callers are refused at once, until it is back.
//
//   auto server = std::make_shared<Server>(parts, endpoint, login);
//   const Result<Reply> reply = co_await server->ask(command_text({"GET", name}), deadline);
//   co_await server->stop();
//
// Threads: all of it on one loop. Shared by those who ask and its own background work; stop() waits for that.

#include <atomic>
#include <memory>
#include <string>

#include "base/breaker.h"
#include "base/clock.h"
#include "net/connect.h"
#include "net/event.h"
#include "net/timers.h"
#include "obs/log.h"
#include "redis/connection.h"
#include "redis/login.h"

namespace hubwarden::redis {

class Server : public std::enable_shared_from_this<Server> {
 public:
  struct Parts {
    net::Executor executor;
    const Clock& clock;
    net::Timers& timers;
    obs::Log& log;
  };

  Server(Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login);

  const net::Endpoint& endpoint() const { return endpoint_; }
  // False from the failure on after which nobody tries for a while. From any thread.
  bool is_available() const { return is_available_.load(); }

  // The reply, an error reply included. `unavailable` when there is no connection, or nothing comes by
  // `deadline`: it may have been done all the same, unless it was never sent, which the error says. One that
  // became a replica (READONLY) is connected anew.
  net::Task<Result<Reply>> ask(std::string command, SteadyPoint deadline);
  // With another command immediately before it, whose reply nobody wants to know.
  net::Task<Result<Reply>> ask_after(std::string before, std::string command, SteadyPoint deadline);
  // Ends the connection; nothing is asked any more.
  net::Task<> stop();

  static constexpr SteadyPoint::duration kConnectTimeout = std::chrono::seconds(1);

 private:
  // From the beginning of a connection to its end.
  struct Life {
    Life() = default;
    net::Event ready;  // for commands, or failed
    net::Event over;
    std::shared_ptr<Connection> connection;  // once it is logged in
  };

  std::shared_ptr<Life> begin();
  net::Task<> live(std::shared_ptr<Life> life);
  net::Task<Result<>> connect(std::shared_ptr<Life> life);
  net::Task<> read(std::shared_ptr<Life> life, std::shared_ptr<Connection> connection);
  void spawn(net::Task<> task);
  std::unexpected<Error> unsent() const;
  void note(const Result<Reply>& reply, Connection& connection);
  void note_success();
  void note_failure();

  Parts parts_;
  net::Endpoint endpoint_;
  std::shared_ptr<const Login> login_;
  Breaker breaker_;
  std::atomic<bool> is_available_{true};
  std::shared_ptr<Life> life_;  // null: no connection, and none in the making
  Error last_failure_;
  bool is_stopped_ = false;
};

}  // namespace hubwarden::redis
