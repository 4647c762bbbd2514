#pragma once

// One server for all keys.

#include <atomic>

#include "net/one_shot.h"
#include "redis/client.h"
#include "redis/server.h"

namespace hubwarden::redis {

class SingleClient final : public Client {
 public:
  // A command's, its connection included.
  static constexpr SteadyPoint::duration kTimeout = std::chrono::milliseconds(150);

  SingleClient(Server::Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login);

  net::Task<Result<Reply>> ask(std::string key, std::string command) override;
  bool is_available() const override { return is_available_.load(); }
  net::Task<> stop() override;

 private:
  using Answer = net::OneShot<Result<Reply>>;

  net::Task<> carry(std::string command, SteadyPoint deadline, std::shared_ptr<Answer> answer);
  net::Task<> stop_server(std::shared_ptr<net::OneShot<bool>> stopped);

  Server::Parts parts_;  // its executor: the server's loop
  std::shared_ptr<Server> server_;
  std::atomic<bool> is_available_{true};
};

}  // namespace hubwarden::redis
