#include "http/server_core.h"

#include <algorithm>

#include "http/server_session.h"

namespace hubwarden::http {
namespace {

// Out of descriptors: trying again at once would only burn the core.
constexpr std::chrono::seconds kPauseWhenExhausted{1};
// Connections taken in one go before the loop's others get their turn.
constexpr int kAcceptTurn = 64;

}  // namespace

// One open connection in the count of the process.
class OpenConnection {
 public:
  OpenConnection(std::shared_ptr<ServerShared> shared, std::string address)
      : shared_(std::move(shared)), address_(std::move(address)) {}
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;
  ~OpenConnection() { shared_->closed(address_); }

 private:
  std::shared_ptr<ServerShared> shared_;
  std::string address_;
};

ServerMetrics::ServerMetrics(obs::Metrics& metrics)
    : accepted(metrics.counter("hubwarden_http_connections_total", "Connections accepted")),
      turned_away(metrics.counter("hubwarden_http_connections_turned_away_total",
                                  "Connections closed at once because too many were open")),
      strangers(metrics.counter("hubwarden_http_unix_connections_refused_total",
                                "Connections to Unix sockets closed at once because of their user")),
      refused(metrics.counter("hubwarden_http_requests_refused_total", "Requests refused as malformed")),
      timed_out(
          metrics.counter("hubwarden_http_connections_timed_out_total", "Connections cut for being slow")),
      handler_failures(
          metrics.counter("hubwarden_http_handler_failures_total", "Requests whose handler threw")) {
  auto& answers = metrics.counters("hubwarden_http_answers_total", "Answers by class of their status",
                                   {{"class", {"1xx", "2xx", "3xx", "4xx", "5xx"}}});
  for (std::size_t i = 0; i < by_class_.size(); ++i) by_class_[i] = &answers.at(i);
}

bool ServerShared::admits(const net::PeerIdentity& peer) const {
  const std::vector<std::uint32_t>& allowed = options.unix_allowed_uids;
  if (allowed.empty() || !peer.is_unix()) return true;
  return peer.uid && std::ranges::find(allowed, *peer.uid) != allowed.end();
}

bool ServerShared::counts(const std::string& address) const {
  return options.max_connections_per_address > 0 && address != net::kUnixAddress &&
         !options.trusted_proxies.trusts(address);
}

bool ServerShared::try_count(const std::string& address) {
  if (!counts(address)) return true;
  auto open = open_by_address_.lock();
  std::size_t& count = (*open)[address];
  if (count >= options.max_connections_per_address) return false;
  ++count;
  return true;
}

bool ServerShared::try_open(const std::string& address) {
  const std::size_t before = open_.fetch_add(1);
  if (!stopping_ && before < options.max_connections && try_count(address)) return true;
  close_one();
  return false;
}

void ServerShared::closed(const std::string& address) {
  if (counts(address)) {
    auto open = open_by_address_.lock();
    const auto found = open->find(address);
    if (--found->second == 0) open->erase(found);
  }
  close_one();
}

void ServerShared::close_one() {
  if (open_.fetch_sub(1) == 1 && stopping_) all_closed.set();
}

void ServerShared::begin_stop() {
  stopping_ = true;
  if (open_ == 0) all_closed.set();
}

ServerCore::ServerCore(const net::Executor& executor, Handler& handler, std::shared_ptr<ServerShared> shared)
    : executor_(executor),
      handler_(handler),
      shared_(std::move(shared)),
      deadlines_(shared_->parts.clock.steady_now()),
      request_ids_(shared_->parts.clock, shared_->parts.random),
      opening_(AnswerOpening::Over::kPlain, shared_->parts.clock.now()),
      opening_over_tls_(AnswerOpening::Over::kTls, shared_->parts.clock.now()) {
}

void ServerCore::start_ticking() {
  const SteadyPoint next = deadlines_.now() + Deadlines::kTick;
  shared_->parts.timers.call_at(executor_, next, [weak = weak_from_this()] {
    const std::shared_ptr<ServerCore> core = weak.lock();
    if (core == nullptr) return;
    core->deadlines_.tick(core->shared_->parts.clock.steady_now());
    core->take_date();
    core->start_ticking();
  });
}

void ServerCore::take_date() {
  const TimePoint now = shared_->parts.clock.now();
  opening_ = AnswerOpening(AnswerOpening::Over::kPlain, now);
  opening_over_tls_ = AnswerOpening(AnswerOpening::Over::kTls, now);
}

net::OnFailure ServerCore::log_failure() {
  return [shared = shared_](std::exception_ptr failure) {
    std::string what = "not a std::exception";
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      what = error.what();
    } catch (...) {
    }
    shared->parts.log.error("http.connection_failed", {{"what", what}});
  };
}

void ServerCore::start_accepting(net::UniqueFd socket, std::shared_ptr<net::TlsServer> tls, Targets targets) {
  auto begin = [core = shared_from_this(), socket = std::move(socket), tls = std::move(tls),
                targets = std::move(targets)]() mutable {
    if (core->stopping_) return;
    auto listener = std::make_shared<ServerListener>(core->executor_, std::move(socket), std::move(tls));
    core->listeners_.push_back(listener);
    net::spawn(core->executor_, accept(core, std::move(listener), std::move(targets)), core->log_failure());
  };
  net::post(executor_, std::move(begin));
}

Task<> ServerCore::accept(std::shared_ptr<ServerCore> core, std::shared_ptr<ServerListener> listener,
                          Targets targets) {
  net::Descriptor& descriptor = listener->descriptor;
  ServerShared& shared = *core->shared_;
  std::size_t next_target = 0;
  for (std::size_t turn = 1; !descriptor.is_cancelled(); ++turn) {
    net::Accepted accepted = net::accept_from(descriptor.fd());
    if (accepted.state == net::Accepted::kNone) {
      descriptor.blocked(net::Want::kRead);
      co_await descriptor.wait(net::Want::kRead);
    } else if (accepted.state == net::Accepted::kExhausted) {
      shared.parts.log.warning("http.accept_exhausted", {{"open", shared.open()}});
      const SteadyPoint later = shared.parts.clock.steady_now() + kPauseWhenExhausted;
      co_await net::sleep_until(shared.parts.timers, later);
    } else if (accepted.state == net::Accepted::kConnection && !shared.admits(accepted.peer)) {
      shared.metrics.strangers.add();  // and closed, with the socket
    } else if (accepted.state == net::Accepted::kConnection) {
      const std::shared_ptr<ServerCore> target = targets[next_target++ % targets.size()].lock();
      if (target != nullptr) target->start_session(std::move(accepted), listener->tls);
    }
    if (turn % kAcceptTurn == 0) co_await net::next_turn();
  }
}

void ServerCore::start_session(net::Accepted accepted, std::shared_ptr<net::TlsServer> tls) {
  const std::string& address = accepted.peer.address;
  if (!shared_->try_open(address)) {
    shared_->metrics.turned_away.add();
    return;
  }
  shared_->metrics.accepted.add();
  auto open = std::make_unique<OpenConnection>(shared_, address);
  Task<> session = serve(shared_from_this(), std::move(open), std::move(accepted), std::move(tls));
  net::spawn(executor_, std::move(session), log_failure());
}

Task<> ServerCore::serve(std::shared_ptr<ServerCore> core,
                         [[maybe_unused]] std::unique_ptr<OpenConnection> open, net::Accepted accepted,
                         std::shared_ptr<net::TlsServer> tls) {
  const bool is_tls = tls != nullptr;
  std::unique_ptr<net::Stream> stream =
      is_tls ? tls->make_stream(core->executor_, std::move(accepted.socket))
             : net::make_plain_stream(core->executor_, std::move(accepted.socket));
  if (stream == nullptr) co_return;
  // A copy: the session leaves the core's list of deadlines as the last thing, when its own hold on it is
  // gone.
  Session session(core, std::move(stream), std::move(accepted.peer), is_tls);
  co_await session.run();
}

void ServerCore::stop_accepting() {
  stopping_ = true;
  for (const auto& weak : listeners_) {
    if (const auto listener = weak.lock()) listener->descriptor.cancel();
  }
  listeners_.clear();
  // Only sessions have deadlines here.
  deadlines_.each([](net::Deadline& session) { static_cast<Session&>(session).close_if_idle(); });
}

void ServerCore::cut_all() {
  deadlines_.each([](net::Deadline& session) { static_cast<Session&>(session).cut(); });
}

}  // namespace hubwarden::http
