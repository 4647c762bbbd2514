#pragma once

// The SQL of approvals: what ApprovalRecords promises, on one connection and one thread, without waiting for
// anybody.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "store/approval_records.h"

namespace hubwarden::store {

class SqliteApprovals {
 public:
  // Prepares every statement; throws SQLite::Exception. The database outlives this.
  explicit SqliteApprovals(SQLite::Database& database);

  // On failure nothing has changed.
  Result<Approval> ask(const Approval& wanted, const ApprovalBounds& bounds);
  Result<ApprovalSettled> settle(ApprovalId id, const ApprovalChange& change);
  Result<std::vector<Approval>> expire(TimePoint now, std::size_t limit);
  Result<std::size_t> forget(TimePoint when, std::size_t limit);

  Result<Approval> find(ApprovalId id);
  Result<std::vector<Approval>> list(const ApprovalQuery& query, const std::optional<ApprovalId>& after,
                                     std::size_t limit);

 private:
  Result<Approval> read(ApprovalId id);
  Result<> check_room(const Approval& wanted, const ApprovalBounds& bounds);

  SQLite::Database& database_;
  SQLite::Statement insert_;
  SQLite::Statement count_pending_;
  SQLite::Statement decide_;
  SQLite::Statement use_;
  SQLite::Statement select_over_;
  SQLite::Statement expire_;
  SQLite::Statement forget_;
  SQLite::Statement select_;
  SQLite::Statement select_asked_;
  SQLite::Statement select_page_;
};

}  // namespace hubwarden::store
