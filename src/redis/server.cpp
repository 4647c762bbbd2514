#include "redis/server.h"

#include <utility>
#include <vector>

#include "net/loops.h"

namespace hubwarden::redis {
namespace {

// Two commands are all that a caller ever waits for a Redis that is away.
BreakerOptions breaker_options() {
  BreakerOptions options;
  options.failures = 2;
  return options;
}

Error away(std::string message) {
  return Error(ErrorCode::kUnavailable, std::move(message));
}

bool is_read_only(const Reply& reply) {
  return reply.is_error() && reply.text().starts_with("READONLY ");
}

// Because hubwarden stops, or because another server has taken its place.
Error left() {
  return away("this Redis is not asked any more");
}

}  // namespace

Server::Server(Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login)
    : parts_(parts),
      endpoint_(std::move(endpoint)),
      login_(std::move(login)),
      breaker_(breaker_options()),
      last_failure_(away("there is no connection to Redis yet")) {
}

net::Task<Result<Reply>> Server::ask(std::string command, SteadyPoint deadline) {
  return ask_after(std::string(), std::move(command), deadline);
}

net::Task<Result<Reply>> Server::ask_after(std::string before, std::string command, SteadyPoint deadline) {
  const std::shared_ptr<Server> self = shared_from_this();
  if (is_stopped_) co_return std::unexpected(left());
  if (!breaker_.may_try(parts_.clock.steady_now())) co_return unsent();
  const std::shared_ptr<Life> life = life_ ? life_ : begin();
  const bool in_time = co_await life->ready.wait_until(parts_.timers, deadline);
  if (!in_time) {
    last_failure_ = away("Redis was not connected in time");
    note_failure();
  }
  if (!life->connection) co_return unsent();
  net::Task<Result<Reply>> asking =
      life->connection->ask_after(std::move(before), std::move(command), deadline);
  Result<Reply> reply = co_await std::move(asking);
  note(reply, *life->connection);
  co_return reply;
}

std::unexpected<Error> Server::unsent() const {
  return std::unexpected(Error(last_failure_).with_never_sent());
}

void Server::note(const Result<Reply>& reply, Connection& connection) {
  // Its name may mean another server by now, as with a floating address after a failover.
  const bool is_demoted = reply && is_read_only(*reply);
  if (reply && !is_demoted) {
    note_success();
    return;
  }
  last_failure_ = reply ? away("Redis says " + error_text(*reply)) : reply.error();
  note_failure();
  // One that does not answer may never again; the next one begins anew.
  if (is_demoted || breaker_.is_open()) connection.close(last_failure_);
}

void Server::note_success() {
  breaker_.succeeded();
  is_available_.store(true);
}

void Server::note_failure() {
  const bool was_open = breaker_.is_open();
  breaker_.failed(parts_.clock.steady_now());
  is_available_.store(!breaker_.is_open());
  if (was_open || !breaker_.is_open()) return;
  parts_.log.warning("redis.away", {{"server", endpoint_.text()}, {"why", last_failure_.message()}});
}

// It may be over before this returns.
std::shared_ptr<Server::Life> Server::begin() {
  const auto life = std::make_shared<Life>();
  life_ = life;
  spawn(live(life));
  return life;
}

void Server::spawn(net::Task<> task) {
  const std::shared_ptr<Server> self = shared_from_this();
  net::spawn(parts_.executor, std::move(task), [self](std::exception_ptr) {
    self->parts_.log.error("redis.task_failed", {{"server", self->endpoint_.text()}});
  });
}

net::Task<> Server::live(std::shared_ptr<Life> life) {
  const std::shared_ptr<Server> self = shared_from_this();
  net::Task<Result<>> connecting = connect(life);
  const Result<> connected = co_await std::move(connecting);
  if (connected) {
    note_success();
    parts_.log.info("redis.connected", {{"server", endpoint_.text()}});
  } else {
    last_failure_ = connected.error();
    note_failure();
  }
  life->ready.set();
}

net::Task<Result<>> Server::connect(std::shared_ptr<Life> life) {
  const SteadyPoint deadline = parts_.clock.steady_now() + kConnectTimeout;
  net::ConnectPlan plan(endpoint_, parts_.clock, parts_.timers, deadline);
  plan.tls = login_->tls;
  net::Task<Result<std::unique_ptr<net::Stream>>> connecting = net::connect(std::move(plan));
  Result<std::unique_ptr<net::Stream>> stream = co_await std::move(connecting);
  if (!stream || is_stopped_) {
    if (life_ == life) life_.reset();
    life->over.set();
    co_return std::unexpected(stream ? left() : stream.error());
  }
  const auto connection = std::make_shared<Connection>(std::move(*stream), parts_.timers);
  spawn(read(life, connection));
  net::Task<Result<>> logging_in = log_in(connection, login_, deadline);
  const Result<> logged_in = co_await std::move(logging_in);
  if (logged_in) {
    life->connection = connection;
  } else {
    connection->close(logged_in.error());
  }
  co_return logged_in;
}

net::Task<> Server::read(std::shared_ptr<Life> life, std::shared_ptr<Connection> connection) {
  const std::shared_ptr<Server> self = shared_from_this();
  net::Task<Error> reading = connection->run();
  const Error why = co_await std::move(reading);
  if (life_ == life) life_.reset();
  if (!is_stopped_) {
    last_failure_ = why;
    parts_.log.info("redis.disconnected", {{"server", endpoint_.text()}, {"why", why.message()}});
  }
  life->over.set();
}

net::Task<> Server::stop() {
  const std::shared_ptr<Server> self = shared_from_this();
  is_stopped_ = true;
  const std::shared_ptr<Life> life = life_;
  if (!life) co_return;
  if (life->connection) life->connection->close(left());
  // It ends by itself before.
  const SteadyPoint end = parts_.clock.steady_now() + 2 * kConnectTimeout;
  [[maybe_unused]] const bool ready = co_await life->ready.wait_until(parts_.timers, end);
  if (life->connection) life->connection->close(left());
  [[maybe_unused]] const bool over = co_await life->over.wait_until(parts_.timers, end);
}

}  // namespace hubwarden::redis
