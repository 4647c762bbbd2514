#pragma once

// The SQL of revocations: what RevocationRecords promises, on one connection and one thread, without waiting
// for anybody.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "store/revocation_records.h"

namespace hubwarden::store {

class SqliteRevocations {
 public:
  // Prepares every statement; throws SQLite::Exception. The database outlives this.
  explicit SqliteRevocations(SQLite::Database& database);

  // On failure nothing has changed.
  Result<Revocation> revoke(const Revocation& revocation);
  Result<Revocation> lift(RevocationId id, TimePoint when);  // the record as it is afterwards
  Result<> note_outcome(const RevocationOutcome& outcome);
  Result<std::vector<RevocationId>> forget_over(TimePoint when, std::size_t limit);

  Result<Revocation> find(RevocationId id);
  Result<std::vector<Revocation>> list(const std::optional<RevocationId>& after, std::size_t limit);
  Result<std::vector<RevocationOutcome>> outcomes(RevocationId id);

 private:
  Result<Revocation> read(RevocationId id);

  SQLite::Database& database_;
  SQLite::Statement insert_;
  SQLite::Statement select_standing_;
  SQLite::Statement lift_;
  SQLite::Statement note_outcome_;
  SQLite::Statement select_over_;
  SQLite::Statement delete_;
  SQLite::Statement select_;
  SQLite::Statement select_page_;
  SQLite::Statement select_outcomes_;
};

}  // namespace hubwarden::store
