#pragma once

// The SQL of handles: what HandleRecords promises, on one connection and one thread, without waiting for
// anybody.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "store/handle_records.h"

namespace hubwarden::store {

class SqliteHandles {
 public:
  // Prepares every statement; throws SQLite::Exception. The database outlives this.
  explicit SqliteHandles(SQLite::Database& database);

  // On failure nothing has changed.
  Result<> issue(const Handle& handle);
  Result<Handle> revoke(HandleId id, TimePoint when);  // the record as it is afterwards
  Result<> note_spent(const std::vector<HandleSpent>& spent);
  Result<std::vector<HandleId>> forget_ended(TimePoint when, std::size_t limit);

  Result<Handle> find(HandleId id);
  Result<std::vector<Handle>> list(const std::optional<HandleId>& after, std::size_t limit);

 private:
  Result<Handle> read(HandleId id);

  SQLite::Database& database_;
  SQLite::Statement insert_;
  SQLite::Statement revoke_;
  SQLite::Statement note_spent_;
  SQLite::Statement select_ended_;
  SQLite::Statement delete_;
  SQLite::Statement select_;
  SQLite::Statement select_page_;
};

}  // namespace hubwarden::store
