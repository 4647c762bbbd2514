#pragma once

// The SQL of revocations in PostgreSQL: steps of a PostgresSession. What changes something belongs into
// `change`, announces it, and leaves it to the session to commit.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/postgres_session.h"
#include "store/revocation_records.h"

namespace hubwarden::store {

Result<Revocation> insert_revocation(PostgresSession& session, const Revocation& revocation);
Result<> lift_revocation(PostgresSession& session, RevocationId id, TimePoint when);
// Nobody is told of it. One statement that may be made twice.
Result<> note_revocation_outcome(PostgresSession& session, const RevocationOutcome& outcome);
Result<std::size_t> forget_revocations(PostgresSession& session, TimePoint when, std::size_t limit);

Result<Revocation> read_revocation(PostgresSession& session, RevocationId id);
// Those that there are, in the order of their ids.
Result<std::vector<Revocation>> read_revocations(PostgresSession& session,
                                                 const std::vector<std::string>& ids);
Result<std::vector<Revocation>> list_revocations(PostgresSession& session,
                                                 const std::optional<RevocationId>& after, std::size_t limit);
Result<std::vector<RevocationOutcome>> read_revocation_outcomes(PostgresSession& session, RevocationId id);

}  // namespace hubwarden::store
