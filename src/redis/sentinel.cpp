#include "redis/sentinel.h"

#include <utility>

#include "net/loops.h"
#include "redis/sentinel_replies.h"

namespace hubwarden::redis {

Sentinel::Sentinel(Server::Parts parts, SentinelPlan plan)
    : parts_(parts),
      plan_(std::move(plan)),
      lookout_(parts.clock, parts.timers, kPause),
      last_failure_(ErrorCode::kUnavailable, "no sentinel has named the master yet") {
  for (const net::Endpoint& endpoint : plan_.sentinels) {
    sentinels_.push_back(std::make_shared<Server>(parts_, endpoint, plan_.sentinel_login));
  }
}

net::Task<> Sentinel::run() {
  const std::shared_ptr<Sentinel> self = shared_from_this();
  net::Task<> looking = lookout_.run([this] { return look(); });
  co_await std::move(looking);
}

net::Task<Result<Reply>> Sentinel::ask(std::string, std::string command, SteadyPoint deadline) {
  const std::shared_ptr<Sentinel> self = shared_from_this();
  net::Task<bool> looking = lookout_.first_look(deadline);
  [[maybe_unused]] const bool has_looked = co_await std::move(looking);
  const ServerPtr server = master();
  if (!server) co_return std::unexpected(last_failure_);
  net::Task<Result<Reply>> asking = server->ask(std::move(command), deadline);
  Result<Reply> reply = co_await std::move(asking);
  if (!reply || is_no_masters(*reply)) lookout_.call();
  co_return reply;
}

bool Sentinel::is_available() const {
  if (!lookout_.has_looked()) return true;
  const ServerPtr server = master();
  return server && server->is_available();
}

net::Task<Result<>> Sentinel::look() {
  net::Task<Result<>> finding = find_master();
  Result<> found = co_await std::move(finding);
  if (!found) last_failure_ = found.error();
  if (!found && !is_lost_ && !lookout_.is_stopped()) {
    parts_.log.warning("redis.no_master", {{"master", plan_.master}, {"why", found.error().message()}});
  }
  is_lost_ = !found;
  co_return found;
}

net::Task<Result<>> Sentinel::find_master() {
  Result<> last;
  for (std::size_t tried = 0; tried < sentinels_.size() && !lookout_.is_stopped(); ++tried) {
    net::Task<Result<net::Endpoint>> asking = ask_sentinel(sentinels_[turn_]);
    const Result<net::Endpoint> named = co_await std::move(asking);
    if (named) {
      net::Task<Result<>> checking = check(*named);
      const Result<> checked = co_await std::move(checking);
      if (checked) co_return Result<>();
      last = checked;
    } else {
      last = std::unexpected(named.error());
    }
    turn_ = (turn_ + 1) % sentinels_.size();
  }
  co_return last;
}

net::Task<Result<net::Endpoint>> Sentinel::ask_sentinel(ServerPtr sentinel) {
  std::string command = command_text({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", plan_.master});
  const SteadyPoint deadline = parts_.clock.steady_now() + kPatience;
  net::Task<Result<Reply>> asking = sentinel->ask(std::move(command), deadline);
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply) co_return std::unexpected(reply.error());
  co_return read_master(*reply, plan_.master, sentinel->endpoint());
}

// What a sentinel names may have been the master: it asks itself when it has to know.
net::Task<Result<>> Sentinel::check(net::Endpoint endpoint) {
  const ServerPtr known = master();
  const bool is_known = known && known->endpoint() == endpoint;
  const ServerPtr server = is_known ? known : std::make_shared<Server>(parts_, endpoint, plan_.login);
  const SteadyPoint deadline = parts_.clock.steady_now() + (is_known ? kPatience : Server::kConnectTimeout);
  net::Task<Result<Reply>> asking = server->ask(command_text({"ROLE"}), deadline);
  const Result<Reply> reply = co_await std::move(asking);
  const Result<> role = reply ? check_role(*reply, endpoint) : Result<>(std::unexpected(reply.error()));
  if (role && !is_known) {
    net::Task<> replacing = replace_master(server);
    co_await std::move(replacing);
  } else if (!role && !is_known) {
    net::Task<> stopping = server->stop();
    co_await std::move(stopping);
  } else if (!role && reply) {
    // One that does not answer at all may come back as it was.
    net::Task<> leaving = replace_master(nullptr);
    co_await std::move(leaving);
  }
  co_return role;
}

net::Task<> Sentinel::replace_master(ServerPtr next) {
  const ServerPtr last = std::exchange(*master_.write(), next);
  if (next) parts_.log.info("redis.master", {{"server", next->endpoint().text()}});
  if (!last) co_return;
  net::Task<> stopping = last->stop();
  co_await std::move(stopping);
}

net::Task<> Sentinel::stop() {
  const std::shared_ptr<Sentinel> self = shared_from_this();
  net::Task<> ending = lookout_.stop(2 * Server::kConnectTimeout);
  co_await std::move(ending);
  net::Task<> leaving = replace_master(nullptr);
  co_await std::move(leaving);
  for (std::size_t i = 0; i < sentinels_.size(); ++i) {
    net::Task<> stopping = sentinels_[i]->stop();
    co_await std::move(stopping);
  }
}

std::optional<net::Endpoint> Sentinel::now() const {
  const ServerPtr server = master();
  if (!server) return std::nullopt;
  return server->endpoint();
}

void Sentinel::was_lost(const net::Endpoint&) {
  net::post(parts_.executor, [self = shared_from_this()] { self->lookout_.call(); });
}

}  // namespace hubwarden::redis
