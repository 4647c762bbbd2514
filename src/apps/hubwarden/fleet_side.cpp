#include "apps/hubwarden/fleet_side.h"

#include <utility>
#include <vector>

#include "apps/hubwarden/key_materials.h"
#include "net/loops.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kSealPurpose = "hubwarden: what replicas share";

redis::Topology topology_of(const config::RedisServer& server) {
  redis::Topology topology;
  switch (server.kind) {
    case config::RedisServer::Kind::kSingle: topology.kind = redis::Topology::Kind::kSingle; break;
    case config::RedisServer::Kind::kSentinel: topology.kind = redis::Topology::Kind::kSentinel; break;
    case config::RedisServer::Kind::kCluster: topology.kind = redis::Topology::Kind::kCluster; break;
  }
  topology.master = server.master;
  for (const config::RedisAddress& address : server.addresses) {
    topology.endpoints.push_back(address.port == 0 ? net::Endpoint::unix_socket(address.host)
                                                   : net::Endpoint::tcp(address.host, address.port));
  }
  return topology;
}

Result<redis::Logins> logins_of(const config::Redis& redis) {
  auto servers = std::make_shared<redis::Login>();
  auto sentinels = std::make_shared<redis::Login>();
  servers->user = redis.server->user;
  servers->database = redis.server->database;
  if (redis.password) servers->password = redis.password->clone();
  sentinels->user = redis.sentinel_user;
  if (redis.sentinel_password) sentinels->password = redis.sentinel_password->clone();
  if (redis.server->is_tls) {
    net::TlsClientFiles files;
    files.authorities = redis.ca_file;
    files.certificate_chain = redis.certificate;
    files.private_key = redis.key;
    const Result<std::shared_ptr<net::TlsClient>> tls = net::TlsClient::load(files);
    if (!tls) return std::unexpected(tls.error());
    servers->tls = *tls;
    sentinels->tls = *tls;
  }
  redis::Logins logins;
  logins.servers = std::move(servers);
  logins.sentinels = std::move(sentinels);
  return logins;
}

}  // namespace

Result<std::unique_ptr<FleetSide>> FleetSide::make(const config::Config& config, const Parts& parts) {
  const Result<redis::Logins> logins = logins_of(config.redis);
  if (!logins) return std::unexpected(logins.error());
  const Result<std::vector<Secret>> materials =
      key_materials(config.redis.seal_keys, config.apps, kSealPurpose);
  if (!materials) return std::unexpected(materials.error());
  return std::unique_ptr<FleetSide>(
      new FleetSide(topology_of(*config.redis.server), *logins, fleet::SealKeys(*materials), parts));
}

FleetSide::FleetSide(const redis::Topology& topology, const redis::Logins& logins, fleet::SealKeys keys,
                     const Parts& parts)
    : parts_(parts),
      keys_(std::move(keys)),
      redis_(redis::make_access(connection_parts(), topology, logins)),
      tokens_({*redis_.client, parts.timers, parts.clock, parts.random, parts.metrics}, keys_),
      sweep_({*redis_.client, parts.timers, parts.clock}, keys_),
      holdings_(
          {parts.executor, *redis_.client, tokens_, parts.timers, parts.clock, parts.random, parts.metrics},
          keys_),
      places_({*redis_.client, parts.clock, parts.random, parts.metrics}, keys_),
      ends_({*redis_.client, parts.random}, keys_),
      used_(*redis_.client, parts.clock),
      journal_(
          {*redis_.client, parts.timers, parts.clock, parts.random, parts.log, parts.metrics}, keys_,
          [this](fleet::News news) { return hear_(std::move(news)); }, [this] { return restore_(); }),
      budgets_({parts.executor, *redis_.client, parts.timers, parts.clock, parts.random, parts.metrics,
                [this] { return journal_.replicas(); }, parts.recorded},
               fleet::SharedBudgets::Options()) {
  const auto heard = [this](std::string_view message) {
    tokens_.heard(message);
    journal_.heard(message);
  };
  const redis::Ear ear{heard, [this] { journal_.look_back(); }};
  listener_ = std::make_shared<redis::Listener>(connection_parts(), parts.random, redis_.whereabouts,
                                                logins.servers, std::string(fleet::kChannel), ear);
}

// What still waits on the loop would use what goes before it.
FleetSide::~FleetSide() {
  connections_.stop();
}

redis::Server::Parts FleetSide::connection_parts() const {
  return {connections_.executor(0), parts_.clock, parts_.timers, parts_.log};
}

FleetParts FleetSide::shared() {
  FleetParts shared(tokens_, sweep_, holdings_, places_, ends_);
  shared.tell = [this](TimePoint told_at, std::string host, fleet::Change change) {
    journal_.tell(told_at, std::move(host), std::move(change));
  };
  shared.replicas = [this] { return journal_.replicas(); };
  return shared;
}

void FleetSide::start(fleet::Journal::Hear hear, fleet::Journal::Restore restore) {
  hear_ = std::move(hear);
  restore_ = std::move(restore);
  connections_.start();
  redis_.client->start();
  net::spawn(parts_.executor, journal_.run(),
             [this](std::exception_ptr) { parts_.log.error("fleet.journal_ended", {}); });
  net::spawn(connections_.executor(0), listener_->run(),
             [this](std::exception_ptr) { parts_.log.error("redis.listener_ended", {}); });
  budgets_.start();
}

net::Task<> FleetSide::stop() {
  co_await holdings_.stop();
  co_await budgets_.stop();
  co_await listener_->stop();
  co_await journal_.stop();
  co_await redis_.client->stop();
}

}  // namespace hubwarden::apps
