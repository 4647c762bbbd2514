#include "redis/looped_client.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "net/loops.h"

namespace hubwarden::redis {
namespace {

std::unexpected<Error> refused(const Reply& reply) {
  const bool is_unknown_script = reply.text().starts_with("NOSCRIPT");
  return fail(is_unknown_script ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              "Redis says " + error_text(reply));
}

}  // namespace

LoopedClient::LoopedClient(Server::Parts parts, std::shared_ptr<Backend> backend)
    : parts_(parts), backend_(std::move(backend)) {
}

void LoopedClient::start() {
  net::spawn(parts_.executor, backend_->run(),
             [&log = parts_.log](std::exception_ptr) { log.error("redis.task_failed", {}); });
}

net::Task<Result<Reply>> LoopedClient::ask(std::string key, std::string command) {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  const SteadyPoint deadline = parts_.clock.steady_now() + kTimeout;
  auto answer = std::make_shared<Answer>(here);
  // Whoever waits may be gone before there is an answer.
  net::spawn(
      parts_.executor, carry(parts_.clock, backend_, std::move(key), std::move(command), deadline, answer),
      [answer](std::exception_ptr) { answer->set(fail(ErrorCode::kInternal, "asking Redis failed")); });
  net::Task<std::optional<Result<Reply>>> waiting = answer->wait_until(parts_.timers, deadline);
  std::optional<Result<Reply>> reply = co_await std::move(waiting);
  if (!reply) co_return fail(ErrorCode::kUnavailable, "Redis did not answer in time");
  if (*reply && (*reply)->is_error()) co_return refused(**reply);
  co_return std::move(*reply);
}

net::Task<> LoopedClient::carry(const Clock& clock, std::shared_ptr<Backend> backend, std::string key,
                                std::string command, SteadyPoint deadline, std::shared_ptr<Answer> answer) {
  net::Task<Result<Reply>> asking = backend->ask(std::move(key), std::move(command), deadline);
  Result<Reply> reply = co_await std::move(asking);
  if (reply) reply->set_took(clock.steady_now() - (deadline - kTimeout));
  answer->set(std::move(reply));
}

net::Task<> LoopedClient::stop() {
  const net::Executor here = co_await boost::asio::this_coro::executor;
  auto stopped = std::make_shared<net::OneShot<bool>>(here);
  net::spawn(parts_.executor, stop_backend(backend_, stopped),
             [stopped](std::exception_ptr) { stopped->set(false); });
  const SteadyPoint end = parts_.clock.steady_now() + 3 * Server::kConnectTimeout;
  net::Task<std::optional<bool>> waiting = stopped->wait_until(parts_.timers, end);
  [[maybe_unused]] const std::optional<bool> done = co_await std::move(waiting);
}

net::Task<> LoopedClient::stop_backend(std::shared_ptr<Backend> backend,
                                       std::shared_ptr<net::OneShot<bool>> stopped) {
  net::Task<> stopping = backend->stop();
  co_await std::move(stopping);
  stopped->set(true);
}

}  // namespace hubwarden::redis
