#pragma once

// One server for all keys.

#include "redis/looped_client.h"

namespace hubwarden::redis {

class SingleClient final : public LoopedClient {
 public:
  SingleClient(Server::Parts parts, net::Endpoint endpoint, std::shared_ptr<const Login> login);
};

}  // namespace hubwarden::redis
