#pragma once

// The SQL of the ledger in PostgreSQL: steps of a PostgresSession. Nobody is told of it.

#include <cstddef>
#include <optional>
#include <vector>

#include "store/ledger_records.h"
#include "store/postgres_session.h"

namespace hubwarden::store {

// One statement, which may be made twice.
Result<> append_segment(PostgresSession& session, const LedgerSegment& segment);
// In a change.
Result<> prune_ledger(PostgresSession& session, const std::vector<LedgerBeginning>& beginnings);
Result<> forget_ledger_beginnings(PostgresSession& session, TimePoint when);

Result<std::vector<LedgerHead>> read_ledger_heads(PostgresSession& session, std::size_t limit);
Result<std::vector<LedgerHead>> read_prunable(PostgresSession& session, TimePoint when, std::size_t limit);
Result<std::vector<LedgerSegment>> read_segments(PostgresSession& session, const LedgerQuery& query,
                                                 const std::optional<LedgerPosition>& after,
                                                 std::size_t limit);
Result<std::vector<LedgerSegment>> read_latest_segments(PostgresSession& session, std::size_t limit);
Result<std::vector<LedgerBeginning>> read_beginnings(PostgresSession& session,
                                                     const std::optional<ReplicaId>& after,
                                                     std::size_t limit);

}  // namespace hubwarden::store
