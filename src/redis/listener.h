#pragma once

// Hears what is published on a channel, for as long as it runs: a connection that ends is made again. What is
// published meanwhile is lost, and whoever hears is told so.
//
//   auto listener = std::make_shared<Listener>(parts, endpoint, login, "hubwarden:v1:news", ear);
//   net::spawn(executor, listen(listener), …);          // co_await listener->run()
//   co_await listener->stop();
//
// Threads: run() on the loop of its parts, where the ear is called, too; stop() from any.

#include <functional>
#include <memory>
#include <string>

#include "base/backoff.h"
#include "base/random.h"
#include "net/event.h"
#include "redis/server.h"

namespace hubwarden::redis {

// Both must be short.
struct Ear {
  std::function<void(std::string_view message)> heard;
  // From now on nothing is missed; before this it may have been.
  std::function<void()> began;
};

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Server::Parts parts, Random& random, net::Endpoint endpoint, std::shared_ptr<const Login> login,
           std::string channel, Ear ear);

  // Until stop().
  net::Task<> run();
  net::Task<> stop();

  // A server that says nothing for so long is taken for dead; it is asked for a sign of life more often.
  static constexpr SteadyPoint::duration kSilence = std::chrono::seconds(3);
  static constexpr SteadyPoint::duration kSignOfLife = std::chrono::seconds(1);
  static constexpr Backoff kBackoff{std::chrono::milliseconds(100), std::chrono::seconds(1)};

 private:
  net::Task<Result<>> listen();
  net::Task<> read(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over);
  net::Task<> watch(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over);
  void take(const Reply& push);

  Server::Parts parts_;
  Random& random_;
  net::Endpoint endpoint_;
  std::shared_ptr<const Login> login_;
  std::string channel_;
  Ear ear_;
  std::shared_ptr<Connection> connection_;  // while there is one
  SteadyPoint heard_at_{};
  int failures_ = 0;
  net::Event stopping_;
  net::Event stopped_;
};

}  // namespace hubwarden::redis
