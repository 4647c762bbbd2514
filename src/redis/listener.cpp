#include "redis/listener.h"

#include <utility>

#include "net/loops.h"

namespace hubwarden::redis {

Listener::Listener(Server::Parts parts, Random& random, std::shared_ptr<Whereabouts> whereabouts,
                   std::shared_ptr<const Login> login, std::string channel, Ear ear)
    : parts_(parts),
      random_(random),
      whereabouts_(std::move(whereabouts)),
      login_(std::move(login)),
      channel_(std::move(channel)),
      ear_(std::move(ear)) {
}

Listener::Listener(Server::Parts parts, Random& random, net::Endpoint endpoint,
                   std::shared_ptr<const Login> login, std::string channel, Ear ear)
    : Listener(parts, random, std::make_shared<FixedPlace>(std::move(endpoint)), std::move(login),
               std::move(channel), std::move(ear)) {
}

net::Task<> Listener::run() {
  const std::shared_ptr<Listener> self = shared_from_this();
  while (!stopping_.is_set()) {
    const std::optional<net::Endpoint> where = whereabouts_->now();
    Error ended(ErrorCode::kUnavailable, "nobody knows at which Redis to listen");
    if (where) {
      net::Task<Error> listening = listen(*where);
      const Error why = co_await std::move(listening);
      ended = why;
    }
    if (!stopping_.is_set()) note_end(where, ended);
    const auto pause = kBackoff.pause(failures_, random_);
    const SteadyPoint next =
        parts_.clock.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(pause);
    [[maybe_unused]] const bool stops = co_await stopping_.wait_until(parts_.timers, next);
  }
  stopped_.set();
}

void Listener::note_end(const std::optional<net::Endpoint>& where, const Error& why) {
  if (where) whereabouts_->was_lost(*where);
  if (++failures_ > 1) return;
  parts_.log.warning("redis.not_heard",
                     {{"server", where ? where->text() : "unknown"}, {"why", why.message()}});
}

// Why it ended.
net::Task<Error> Listener::listen(net::Endpoint endpoint) {
  const SteadyPoint deadline = parts_.clock.steady_now() + Server::kConnectTimeout;
  net::ConnectPlan plan(endpoint, parts_.clock, parts_.timers, deadline);
  plan.tls = login_->tls;
  net::Task<Result<std::unique_ptr<net::Stream>>> connecting = net::connect(std::move(plan));
  Result<std::unique_ptr<net::Stream>> stream = co_await std::move(connecting);
  if (!stream) co_return stream.error();
  connection_ = std::make_shared<Connection>(std::move(*stream), parts_.timers);
  const std::shared_ptr<Connection> connection = connection_;
  const auto over = std::make_shared<net::Event>();
  net::spawn(parts_.executor, read(connection, over), [over](std::exception_ptr) { over->set(); });
  net::Task<Result<>> logging_in = log_in(connection, login_, deadline);
  const Result<> logged_in = co_await std::move(logging_in);
  if (logged_in) {
    heard_at_ = parts_.clock.steady_now();
    connection->listen([this](const Reply& push) { take(push); });
    connection->tell(command_text({"SUBSCRIBE", channel_}));
    net::Task<> watching = watch(connection, over, endpoint);
    co_await std::move(watching);
  }
  connection->close(logged_in ? Error(ErrorCode::kUnavailable, "it ended") : logged_in.error());
  const SteadyPoint end = parts_.clock.steady_now() + Server::kConnectTimeout;
  [[maybe_unused]] const bool is_over = co_await over->wait_until(parts_.timers, end);
  connection_.reset();
  co_return connection->why_ended();
}

net::Task<> Listener::read(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over) {
  const std::shared_ptr<Listener> self = shared_from_this();
  net::Task<Error> reading = connection->run();
  [[maybe_unused]] const Error why = co_await std::move(reading);
  over->set();
}

// Until it is over.
net::Task<> Listener::watch(std::shared_ptr<Connection> connection, std::shared_ptr<net::Event> over,
                            net::Endpoint endpoint) {
  while (!over->is_set()) {
    const SteadyPoint next = parts_.clock.steady_now() + kFollow;
    const bool is_over = co_await over->wait_until(parts_.timers, next);
    if (!is_over) check(*connection, endpoint);
  }
}

void Listener::check(Connection& connection, const net::Endpoint& endpoint) {
  const SteadyPoint now = parts_.clock.steady_now();
  const std::optional<net::Endpoint> where = whereabouts_->now();
  if (now - heard_at_ > kSilence) {
    connection.close(Error(ErrorCode::kUnavailable, "Redis gives no sign of life"));
  } else if (where && *where != endpoint) {
    connection.close(Error(ErrorCode::kUnavailable, where->text() + " has taken its place"));
  } else if (now - asked_at_ >= kSignOfLife) {
    asked_at_ = now;
    connection.tell(command_text({"PING"}));
  }
}

void Listener::take(const Reply& push) {
  heard_at_ = parts_.clock.steady_now();
  if (push.is_error()) {
    connection_->close(Error(ErrorCode::kUnavailable, "Redis refuses us: " + error_text(push)));
    return;
  }
  const std::vector<Reply>& parts = push.items();
  if (parts.size() < 3) return;
  if (parts[0].text() == "subscribe") {
    failures_ = 0;
    ear_.began();
  } else if (parts[0].text() == "message") {
    ear_.heard(parts[2].text());
  }
}

net::Task<> Listener::stop() {
  const std::shared_ptr<Listener> self = shared_from_this();
  stopping_.set();
  net::post(parts_.executor, [self] {
    if (self->connection_) self->connection_->close(Error(ErrorCode::kUnavailable, "hubwarden is stopping"));
  });
  const SteadyPoint end = parts_.clock.steady_now() + 3 * Server::kConnectTimeout;
  [[maybe_unused]] const bool stopped = co_await stopped_.wait_until(parts_.timers, end);
}

}  // namespace hubwarden::redis
