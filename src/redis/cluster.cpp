#include "redis/cluster.h"

#include <algorithm>
#include <utility>

#include "net/loops.h"

namespace hubwarden::redis {

Cluster::Cluster(Server::Parts parts, std::vector<net::Endpoint> seeds, std::shared_ptr<const Login> login)
    : parts_(parts),
      seeds_(std::move(seeds)),
      login_(std::move(login)),
      lookout_(parts.clock, parts.timers, kPause),
      last_failure_(ErrorCode::kUnavailable, "no node has shown the cluster's slots yet") {
}

net::Task<> Cluster::run() {
  const std::shared_ptr<Cluster> self = shared_from_this();
  net::Task<> looking = lookout_.run([this] { return look(); });
  co_await std::move(looking);
}

net::Task<Result<Reply>> Cluster::ask(std::string key, std::string command, SteadyPoint deadline) {
  const std::shared_ptr<Cluster> self = shared_from_this();
  if (!lookout_.has_looked()) {
    net::Task<bool> looking = lookout_.first_look(deadline);
    [[maybe_unused]] const bool has_looked = co_await std::move(looking);
  }
  if (!map_) co_return std::unexpected(last_failure_);
  const net::Endpoint* const owner = owner_of(key);
  if (owner == nullptr) co_return fail(ErrorCode::kUnavailable, "no node of the cluster has the key's slot");
  Route route(*owner);
  for (;;) {
    const ServerPtr server = server_at(route.where());
    if (!server) co_return fail(ErrorCode::kUnavailable, "no further node of the cluster is asked");
    std::string before = route.is_importing() ? command_text({"ASKING"}) : std::string();
    net::Task<Result<Reply>> asking = server->ask_after(std::move(before), command, deadline);
    Result<Reply> reply = co_await std::move(asking);
    if (!reply) lookout_.call();
    if (!reply) co_return reply;
    const bool goes_on = route.goes_on(*reply);
    learn(route);
    if (!goes_on) co_return reply;
  }
}

const net::Endpoint* Cluster::owner_of(const std::string& key) const {
  if (!key.empty()) return map_->owner_of(slot_of(key));
  const std::vector<net::Endpoint>& nodes = map_->nodes();
  const auto lives = [this](const net::Endpoint& endpoint) {
    const auto node = nodes_.find(endpoint);
    return node == nodes_.end() || node->second.server->is_available();
  };
  const auto any = std::ranges::find_if(nodes, lives);
  if (any != nodes.end()) return &*any;
  return nodes.empty() ? nullptr : &nodes.front();
}

void Cluster::learn(const Route& route) {
  if (map_ && route.moved()) map_->move(route.moved()->slot, route.moved()->owner);
  if (route.is_map_old()) lookout_.call();
}

Cluster::ServerPtr Cluster::server_at(const net::Endpoint& endpoint) {
  const bool is_full = nodes_.size() >= 2 * SlotMap::kMaxNodes && !nodes_.contains(endpoint);
  if (is_full || lookout_.is_stopped()) return nullptr;
  Node& node = nodes_[endpoint];
  if (!node.server) node.server = std::make_shared<Server>(parts_, endpoint, login_);
  node.used_at = parts_.clock.steady_now();
  return node.server;
}

bool Cluster::is_available() const {
  if (!lookout_.has_looked()) return true;
  const auto seen = seen_.read();
  return !seen->owners.empty() &&
         std::ranges::all_of(seen->owners, [](const ServerPtr& owner) { return owner->is_available(); });
}

net::Task<Result<>> Cluster::look() {
  net::Task<Result<>> reading = read_map();
  Result<> read = co_await std::move(reading);
  if (!read) last_failure_ = read.error();
  if (!read && !is_lost_ && !lookout_.is_stopped()) {
    parts_.log.warning("redis.no_cluster", {{"why", read.error().message()}});
  }
  is_lost_ = !read;
  net::Task<> dropping = drop_unused();
  co_await std::move(dropping);
  co_return read;
}

net::Task<Result<>> Cluster::read_map() {
  std::vector<net::Endpoint> places = map_ ? map_->nodes() : std::vector<net::Endpoint>();
  places.insert(places.end(), seeds_.begin(), seeds_.end());
  Result<> last;
  for (std::size_t tried = 0; tried < places.size() && !lookout_.is_stopped(); ++tried) {
    net::Task<Result<SlotMap>> asking = ask_for_map(places[turn_ % places.size()]);
    Result<SlotMap> map = co_await std::move(asking);
    if (map) {
      take(std::move(*map));
      co_return Result<>();
    }
    last = std::unexpected(map.error());
    ++turn_;
  }
  co_return last;
}

net::Task<Result<SlotMap>> Cluster::ask_for_map(net::Endpoint endpoint) {
  const ServerPtr server = server_at(endpoint);
  if (!server) co_return fail(ErrorCode::kUnavailable, "no further node of the cluster is asked");
  const SteadyPoint deadline = parts_.clock.steady_now() + kPatience;
  net::Task<Result<Reply>> asking = server->ask(command_text({"CLUSTER", "SLOTS"}), deadline);
  const Result<Reply> reply = co_await std::move(asking);
  if (!reply) co_return std::unexpected(reply.error());
  co_return SlotMap::read(*reply, endpoint);
}

void Cluster::take(SlotMap map) {
  map_ = std::move(map);
  std::vector<ServerPtr> owners;
  for (const net::Endpoint& endpoint : map_->nodes()) {
    const ServerPtr owner = server_at(endpoint);
    if (owner) owners.push_back(owner);
  }
  std::vector<std::string> key_of_each = map_->key_of_each();
  const auto seen = seen_.write();
  seen->key_of_each = std::move(key_of_each);
  const ServerPtr listened =
      seen->owners.empty() ? nullptr : seen->owners[seen->listened % seen->owners.size()];
  const auto place = std::ranges::find(owners, listened);
  if (place != owners.end()) seen->listened = static_cast<std::size_t>(place - owners.begin());
  seen->owners = std::move(owners);
}

// Those that left the cluster.
net::Task<> Cluster::drop_unused() {
  const SteadyPoint now = parts_.clock.steady_now();
  std::vector<ServerPtr> unused;
  std::erase_if(nodes_, [&](const auto& entry) {
    const auto& [endpoint, node] = entry;
    const bool is_unused = now - node.used_at > kKept && !(map_ && map_->has(endpoint));
    if (is_unused) unused.push_back(node.server);
    return is_unused;
  });
  for (std::size_t i = 0; i < unused.size(); ++i) {
    net::Task<> stopping = unused[i]->stop();
    co_await std::move(stopping);
  }
}

net::Task<> Cluster::stop() {
  const std::shared_ptr<Cluster> self = shared_from_this();
  net::Task<> ending = lookout_.stop(2 * Server::kConnectTimeout);
  co_await std::move(ending);
  last_failure_ = Error(ErrorCode::kUnavailable, "hubwarden is stopping");
  const std::map<net::Endpoint, Node> nodes = std::exchange(nodes_, {});
  for (auto node = nodes.begin(); node != nodes.end(); ++node) {
    net::Task<> stopping = node->second.server->stop();
    co_await std::move(stopping);
  }
}

std::optional<net::Endpoint> Cluster::now() const {
  const auto seen = seen_.read();
  if (seen->owners.empty()) return std::nullopt;
  return seen->owners[seen->listened % seen->owners.size()]->endpoint();
}

void Cluster::was_lost(const net::Endpoint& endpoint) {
  {
    const auto seen = seen_.write();
    const std::size_t count = seen->owners.size();
    const bool is_listened = count > 0 && seen->owners[seen->listened % count]->endpoint() == endpoint;
    if (is_listened) seen->listened = (seen->listened + 1) % count;
  }
  net::post(parts_.executor, [self = shared_from_this()] { self->lookout_.call(); });
}

}  // namespace hubwarden::redis
