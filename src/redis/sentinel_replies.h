#pragma once

// What sentinels and servers say about who is the master. Pure.

#include <string>

#include "base/error.h"
#include "net/connect.h"
#include "redis/reply.h"

namespace hubwarden::redis {

// The reply to SENTINEL GET-MASTER-ADDR-BY-NAME. `unavailable` says why there is none.
Result<net::Endpoint> read_master(const Reply& reply, const std::string& name, const net::Endpoint& asked);

// The reply to ROLE. `unavailable` for whatever is no master.
Result<> check_role(const Reply& reply, const net::Endpoint& asked);

// An error that only a server gives which has not, or no more, the master's part.
bool is_no_masters(const Reply& reply);

}  // namespace hubwarden::redis
