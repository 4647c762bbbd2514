#pragma once

// Brings the tables to the version that this hubwarden knows.
//
//   Result<std::int64_t> last = prepare_postgres(link, deadline);
//
// Under a lock: of replicas that start at the same moment one migrates, and the others find it done. Tables
// of a newer hubwarden, or of somebody else, are refused and left as they are. Errors name the server: they
// are for the operator who starts hubwarden and must not reach a caller.

#include <cstdint>

#include "base/error.h"
#include "store/postgres_link.h"

namespace hubwarden::store {

int postgres_schema_version();

// The number of the last change so far: what follows it is news.
Result<std::int64_t> prepare_postgres(PostgresLink& link, SteadyPoint deadline);

}  // namespace hubwarden::store
