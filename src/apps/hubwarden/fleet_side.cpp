#include "apps/hubwarden/fleet_side.h"

#include <utility>
#include <vector>

#include "crypto/rsa_key.h"
#include "net/loops.h"

namespace hubwarden::apps {
namespace {

constexpr std::string_view kSealPurpose = "hubwarden: what replicas share";

net::Endpoint endpoint_of(const config::RedisServer& server) {
  return server.port == 0 ? net::Endpoint::unix_socket(server.host)
                          : net::Endpoint::tcp(server.host, server.port);
}

Result<std::shared_ptr<const redis::Login>> login_of(const config::Redis& redis) {
  auto login = std::make_shared<redis::Login>();
  login->user = redis.server->user;
  login->database = redis.server->database;
  if (redis.password) login->password = redis.password->clone();
  if (!redis.server->is_tls) return login;
  net::TlsClientFiles files;
  files.authorities = redis.ca_file;
  files.certificate_chain = redis.certificate;
  files.private_key = redis.key;
  Result<std::shared_ptr<net::TlsClient>> tls = net::TlsClient::load(files);
  if (!tls) return std::unexpected(tls.error());
  login->tls = std::move(*tls);
  return login;
}

Result<fleet::SealKeys> seal_keys_of(const config::Config& config) {
  std::vector<Secret> materials;
  for (const config::SharedSecret& key : config.redis.seal_keys) materials.push_back(key->clone());
  if (materials.empty()) {
    // There is one, and it was looked at, but its text may be no key.
    const Secret none;
    const config::SharedSecret& pem = config.apps.front().private_key;
    const Result<crypto::RsaKey> key = crypto::RsaKey::from_pem(pem ? *pem : none);
    if (!key) return std::unexpected(key.error());
    materials.push_back(key->derive(kSealPurpose));
  }
  return fleet::SealKeys(materials);
}

redis::Server::Parts server_parts(const FleetSide::Parts& parts) {
  return {parts.executor, parts.clock, parts.timers, parts.log};
}

}  // namespace

Result<std::unique_ptr<FleetSide>> FleetSide::make(const config::Config& config, const Parts& parts) {
  Result<std::shared_ptr<const redis::Login>> login = login_of(config.redis);
  if (!login) return std::unexpected(login.error());
  Result<fleet::SealKeys> keys = seal_keys_of(config);
  if (!keys) return std::unexpected(keys.error());
  return std::unique_ptr<FleetSide>(
      new FleetSide(*config.redis.server, std::move(*login), std::move(*keys), parts));
}

FleetSide::FleetSide(const config::RedisServer& server, std::shared_ptr<const redis::Login> login,
                     fleet::SealKeys keys, const Parts& parts)
    : parts_(parts),
      client_(server_parts(parts), endpoint_of(server), login),
      tokens_({client_, parts.timers, parts.clock, parts.random, parts.metrics}, std::move(keys)),
      replicas_({parts.executor, client_, parts.timers, parts.clock, parts.random, parts.metrics}),
      budgets_({parts.executor, client_, parts.timers, parts.clock, parts.random, parts.metrics,
                [this] { return replicas_.count(); }, parts.recorded},
               fleet::SharedBudgets::Options()) {
  const redis::Ear ear{[this](std::string_view message) { heard(message); }, [] {}};
  listener_ = std::make_shared<redis::Listener>(server_parts(parts), parts.random, endpoint_of(server),
                                                std::move(login), std::string(fleet::kChannel), ear);
}

void FleetSide::heard(std::string_view message) {
  tokens_.heard(message);
  replicas_.heard(message);
}

void FleetSide::start() {
  net::spawn(parts_.executor, listener_->run(),
             [this](std::exception_ptr) { parts_.log.error("redis.listener_ended", {}); });
  replicas_.start();
  budgets_.start();
}

net::Task<> FleetSide::stop() {
  co_await budgets_.stop();
  co_await replicas_.stop();
  co_await listener_->stop();
  co_await client_.stop();
}

}  // namespace hubwarden::apps
