#pragma once

// One server for all keys.

#include "net/one_shot.h"
#include "redis/client.h"
#include "redis/server.h"

namespace hubwarden::redis {

class SingleClient final : public Client {
 public:
  SingleClient(Server::Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login);

  net::Task<Result<Reply>> ask(std::string key, std::string command) override;
  bool is_available() const override { return server_->is_available(); }
  net::Task<> stop() override;

 private:
  using Answer = net::OneShot<Result<Reply>>;

  // On the server's loop; they may outlive this.
  static net::Task<> carry(std::shared_ptr<Server> server, std::string command, SteadyPoint deadline,
                           std::shared_ptr<Answer> answer);
  static net::Task<> stop_server(std::shared_ptr<Server> server, std::shared_ptr<net::OneShot<bool>> stopped);

  Server::Parts parts_;  // its executor: the server's loop
  const std::shared_ptr<Server> server_;
};

}  // namespace hubwarden::redis
