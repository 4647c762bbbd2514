#pragma once

// A client for callers on all loops: carries each command to the loop of what stands behind it.

#include <memory>
#include <string>
#include <vector>

#include "redis/answer.h"
#include "redis/backend.h"
#include "redis/client.h"
#include "redis/server.h"

namespace hubwarden::redis {

class LoopedClient : public Client {
 public:
  // The executor of the parts: the backend's loop.
  LoopedClient(Server::Parts parts, std::shared_ptr<Backend> backend);

  void start() override;
  net::Task<Result<Reply>> ask(std::string key, std::string command) override;
  std::vector<std::string> key_of_each() const override { return backend_->key_of_each(); }
  bool is_available() const override { return backend_->is_available(); }
  net::Task<> stop() override;

 private:
  // On the backend's loop; they may outlive this.
  static net::Task<> carry(const Clock& clock, std::shared_ptr<Backend> backend, std::string key,
                           std::string command, SteadyPoint deadline, std::shared_ptr<Answer> answer);
  static net::Task<> stop_backend(std::shared_ptr<Backend> backend,
                                  std::shared_ptr<net::OneShot<bool>> stopped);

  Server::Parts parts_;
  const std::shared_ptr<Backend> backend_;
};

}  // namespace hubwarden::redis
