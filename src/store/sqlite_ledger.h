#pragma once

// The SQL of the ledger: what LedgerRecords and LedgerReader promise, on one connection and one thread,
// without waiting for anybody.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "store/ledger_records.h"

namespace hubwarden::store {

class SqliteLedger {
 public:
  // Prepares every statement; throws SQLite::Exception. The database outlives this.
  explicit SqliteLedger(SQLite::Database& database);

  // On failure nothing has changed.
  Result<> append(const LedgerSegment& segment);
  Result<> prune(const std::vector<LedgerBeginning>& beginnings);
  Result<> forget_beginnings(TimePoint when);

  Result<std::vector<LedgerHead>> heads(std::size_t limit);
  Result<std::vector<LedgerHead>> prunable(TimePoint when, std::size_t limit);
  Result<std::vector<LedgerSegment>> segments(const LedgerQuery& query,
                                              const std::optional<LedgerPosition>& after, std::size_t limit);
  Result<std::vector<LedgerSegment>> latest(std::size_t limit);
  Result<std::vector<LedgerBeginning>> beginnings(const std::optional<ReplicaId>& after, std::size_t limit);

 private:
  Result<> check_same(const LedgerSegment& segment);

  SQLite::Database& database_;
  SQLite::Statement insert_;
  SQLite::Statement insert_fingerprint_;
  SQLite::Statement select_same_;
  SQLite::Statement select_heads_;
  SQLite::Statement select_prunable_;
  SQLite::Statement upsert_beginning_;
  SQLite::Statement delete_;
  SQLite::Statement forget_;
  SQLite::Statement select_;
  SQLite::Statement select_by_fingerprint_;
  SQLite::Statement select_latest_;
  SQLite::Statement select_beginnings_;
};

}  // namespace hubwarden::store
