#include "redis/access.h"

#include <utility>

#include "redis/cluster.h"
#include "redis/sentinel.h"
#include "redis/single_client.h"

namespace hubwarden::redis {
namespace {

Access one_server(const Server::Parts& parts, const Topology& topology, const Logins& logins) {
  Access access;
  const net::Endpoint& endpoint = topology.endpoints.front();
  access.client = std::make_unique<SingleClient>(parts, endpoint, logins.servers);
  access.whereabouts = std::make_shared<FixedPlace>(endpoint);
  return access;
}

template <class Moving>
Access access_to(const Server::Parts& parts, std::shared_ptr<Moving> backend) {
  Access access;
  access.client = std::make_unique<LoopedClient>(parts, backend);
  access.whereabouts = std::move(backend);
  return access;
}

}  // namespace

Access make_access(const Server::Parts& parts, const Topology& topology, const Logins& logins) {
  if (topology.kind == Topology::Kind::kSingle) return one_server(parts, topology, logins);
  if (topology.kind == Topology::Kind::kCluster) {
    return access_to(parts, std::make_shared<Cluster>(parts, topology.endpoints, logins.servers));
  }
  SentinelPlan plan;
  plan.sentinels = topology.endpoints;
  plan.master = topology.master;
  plan.login = logins.servers;
  plan.sentinel_login = logins.sentinels;
  return access_to(parts, std::make_shared<Sentinel>(parts, std::move(plan)));
}

}  // namespace hubwarden::redis
