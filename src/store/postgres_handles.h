#pragma once

// The SQL of handles in PostgreSQL: steps of a PostgresSession. What changes something belongs into `change`,
// announces it, and leaves it to the session to commit.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/handle_records.h"
#include "store/postgres_session.h"

namespace hubwarden::store {

Result<> insert_handle(PostgresSession& session, const Handle& handle);
Result<> revoke_handle(PostgresSession& session, HandleId id, TimePoint when);
// Nobody is told of it.
Result<> note_spent(PostgresSession& session, const std::vector<HandleSpent>& spent);
// How many. Also deletes changes that every replica has been told of long ago.
Result<std::size_t> forget_ended_handles(PostgresSession& session, TimePoint when, std::size_t limit);

Result<Handle> read_handle(PostgresSession& session, HandleId id);
// Those that there are, in the order of their ids.
Result<std::vector<Handle>> read_handles(PostgresSession& session, const std::vector<std::string>& ids);
Result<std::vector<Handle>> list_handles(PostgresSession& session, const std::optional<HandleId>& after,
                                         std::size_t limit);

}  // namespace hubwarden::store
