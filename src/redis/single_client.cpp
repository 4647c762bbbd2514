#include "redis/single_client.h"

#include <utility>

namespace hubwarden::redis {
namespace {

class OneServer final : public Backend {
 public:
  explicit OneServer(std::shared_ptr<Server> server) : server_(std::move(server)) {}

  net::Task<Result<Reply>> ask(std::string, std::string command, SteadyPoint deadline) override {
    return server_->ask(std::move(command), deadline);
  }
  bool is_available() const override { return server_->is_available(); }
  // It connects when it is asked.
  net::Task<> run() override { co_return; }
  net::Task<> stop() override { return server_->stop(); }

 private:
  const std::shared_ptr<Server> server_;
};

}  // namespace

SingleClient::SingleClient(Server::Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login)
    : LoopedClient(parts, std::make_shared<OneServer>(
                              std::make_shared<Server>(parts, std::move(endpoint), std::move(login)))) {
}

}  // namespace hubwarden::redis
