#pragma once

// Redis as it is configured: one server, a master that sentinels name, or a cluster.
//
//   Access access = make_access(parts, topology, logins);
//   access.client->start();
//   auto listener = std::make_shared<Listener>(parts, random, access.whereabouts, …);

#include <memory>
#include <string>
#include <vector>

#include "redis/client.h"
#include "redis/server.h"
#include "redis/whereabouts.h"

namespace hubwarden::redis {

struct Topology {
  enum class Kind { kSingle, kSentinel, kCluster };

  Topology() = default;
  Kind kind = Kind::kSingle;
  std::vector<net::Endpoint> endpoints;  // the server, the sentinels, or some nodes of the cluster
  std::string master;                    // the name that the sentinels know
};

struct Logins {
  Logins() = default;
  std::shared_ptr<const Login> servers;
  std::shared_ptr<const Login> sentinels;  // null: none are asked
};

struct Access {
  Access() = default;
  std::unique_ptr<Client> client;
  std::shared_ptr<Whereabouts> whereabouts;  // lives as long as anybody listens
};

// The topology has at least one endpoint.
Access make_access(const Server::Parts& parts, const Topology& topology, const Logins& logins);

}  // namespace hubwarden::redis
