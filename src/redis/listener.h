#pragma once

// Hears what is published on a channel, for as long as it runs: a connection that ends is made again, also
// when the server has lost its part to another one. What is published meanwhile is lost, and whoever hears is
// told so.
//
//   auto listener = std::make_shared<Listener>(parts, random, whereabouts, login, "hubwarden:v1:news", ear);
//   net::spawn(executor, listen(listener), …);          // co_await listener->run()
//   co_await listener->stop();
//
// Threads: run() on the loop of its parts, where the ear is called, too; stop() from any.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/random.h"
#include "net/event.h"
#include "redis/server.h"
#include "redis/whereabouts.h"

namespace hubwarden::redis {

// Both must be short.
struct Ear {
  std::function<void(std::string_view message)> heard;
  // From now on nothing is missed; before this it may have been.
  std::function<void()> began;
};

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Server::Parts parts, Random& random, std::shared_ptr<Whereabouts> whereabouts,
           std::shared_ptr<const Login> login, std::string channel, Ear ear);
  // Always there.
  Listener(Server::Parts parts, Random& random, net::Endpoint endpoint, std::shared_ptr<const Login> login,
           std::string channel, Ear ear);

  // Until stop().
  net::Task<> run();
  net::Task<> stop();

  // A server that says nothing for so long is taken for dead; it is asked for a sign of life more often.
  static constexpr SteadyPoint::duration kSilence = std::chrono::seconds(3);
  static constexpr SteadyPoint::duration kSignOfLife = std::chrono::seconds(1);
  // How soon it follows when another server has the part of the one where it listens.
  static constexpr SteadyPoint::duration kFollow = std::chrono::milliseconds(250);
  static constexpr Backoff kBackoff{std::chrono::milliseconds(100), std::chrono::seconds(1)};

 private:
  net::Task<Error> listen(net::Endpoint endpoint);
  void note_end(const std::optional<net::Endpoint>& where, const Error& why);
  net::Task<> read(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over);
  net::Task<> watch(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over,
                    net::Endpoint endpoint);
  void check(Connection& connection, const net::Endpoint& endpoint);
  void take(const Reply& push);

  Server::Parts parts_;
  Random& random_;
  std::shared_ptr<Whereabouts> whereabouts_;
  std::shared_ptr<const Login> login_;
  std::string channel_;
  Ear ear_;
  std::shared_ptr<Connection> connection_;  // while there is one
  SteadyPoint heard_at_{};
  SteadyPoint asked_at_{};
  int failures_ = 0;
  net::Event stopping_;
  net::Event stopped_;
};

}  // namespace hubwarden::redis
