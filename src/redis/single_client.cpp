#include "redis/single_client.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "net/loops.h"

namespace hubwarden::redis {
namespace {

std::unexpected<Error> refused(const Reply& reply) {
  const bool is_unknown_script = reply.text().starts_with("NOSCRIPT");
  return fail(is_unknown_script ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              "Redis says " + reply.text());
}

}  // namespace

SingleClient::SingleClient(Server::Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login)
    : parts_(parts), server_(std::make_shared<Server>(parts, std::move(endpoint), std::move(login))) {
}

net::Task<Result<Reply>> SingleClient::ask(std::string, std::string command) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  const SteadyPoint deadline = parts_.clock.steady_now() + kTimeout;
  auto answer = std::make_shared<Answer>(here);
  // Whoever waits may be gone before there is an answer.
  net::spawn(
      parts_.executor, carry(server_, std::move(command), deadline, answer),
      [answer](std::exception_ptr) { answer->set(fail(ErrorCode::kInternal, "asking Redis failed")); });
  net::Task<std::optional<Result<Reply>>> waiting = answer->wait_until(parts_.timers, deadline);
  std::optional<Result<Reply>> reply = co_await std::move(waiting);
  if (!reply) co_return fail(ErrorCode::kUnavailable, "Redis did not answer in time");
  if (*reply && (*reply)->is_error()) co_return refused(**reply);
  co_return std::move(*reply);
}

net::Task<> SingleClient::carry(std::shared_ptr<Server> server, std::string command, SteadyPoint deadline,
                                std::shared_ptr<Answer> answer) {
  net::Task<Result<Reply>> asking = server->ask(std::move(command), deadline);
  Result<Reply> reply = co_await std::move(asking);
  answer->set(std::move(reply));
}

net::Task<> SingleClient::stop() {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  auto stopped = std::make_shared<net::OneShot<bool>>(here);
  net::spawn(parts_.executor, stop_server(server_, stopped),
             [stopped](std::exception_ptr) { stopped->set(false); });
  const SteadyPoint end = parts_.clock.steady_now() + 3 * Server::kConnectTimeout;
  net::Task<std::optional<bool>> waiting = stopped->wait_until(parts_.timers, end);
  [[maybe_unused]] const std::optional<bool> done = co_await std::move(waiting);
}

net::Task<> SingleClient::stop_server(std::shared_ptr<Server> server,
                                      std::shared_ptr<net::OneShot<bool>> stopped) {
  net::Task<> stopping = server->stop();
  co_await std::move(stopping);
  stopped->set(true);
}

}  // namespace hubwarden::redis
