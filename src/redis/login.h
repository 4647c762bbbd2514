#pragma once

// A connection that is ready for commands: made, encrypted if wished, and logged in.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "net/connect.h"
#include "redis/connection.h"

namespace hubwarden::redis {

// Who we are to a server.
struct Login {
  Login() = default;
  std::string user;  // empty: Redis' default user
  Secret password;   // empty: none is sent
  int database = 0;
  std::shared_ptr<net::TlsClient> tls;  // null: without TLS
};

// `connection` runs. `unavailable` says why the server refuses us.
net::Task<Result<>> log_in(std::shared_ptr<Connection> connection, std::shared_ptr<const Login> login,
                           SteadyPoint deadline);

}  // namespace hubwarden::redis
