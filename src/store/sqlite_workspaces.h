#pragma once

// The SQL of workspaces: what WorkspaceRecords promises, on one connection and one thread, without waiting
// for anybody.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "store/workspace.h"

namespace hubwarden::store {

class SqliteWorkspaces {
 public:
  // Prepares every statement; throws SQLite::Exception. The database outlives this.
  explicit SqliteWorkspaces(SQLite::Database& database);

  // A change gives the record as it is afterwards; nothing when it was removed. On failure nothing has
  // changed.
  Result<WorkspaceRecord> create(const Workspace& workspace, const WorkspaceToken& first_token);
  Result<> remove(const policy::WorkspaceId& id);
  Result<WorkspaceRecord> add_token(const policy::WorkspaceId& id, const WorkspaceToken& token);
  Result<WorkspaceRecord> revoke_token(const policy::WorkspaceId& id, TokenId token, TimePoint when);

  Result<WorkspaceRecord> find(const policy::WorkspaceId& id);
  Result<std::vector<WorkspaceRecord>> list(const std::optional<policy::WorkspaceId>& after,
                                            std::size_t limit);

 private:
  Result<> insert_token(const policy::WorkspaceId& id, const WorkspaceToken& token);
  Result<WorkspaceRecord> read(const policy::WorkspaceId& id);
  Result<std::vector<WorkspaceToken>> tokens_of(const policy::WorkspaceId& id);

  SQLite::Database& database_;
  SQLite::Statement insert_workspace_;
  SQLite::Statement delete_workspace_;
  SQLite::Statement select_workspace_;
  SQLite::Statement select_page_;
  SQLite::Statement insert_token_;
  SQLite::Statement count_live_;
  SQLite::Statement revoke_token_;
  SQLite::Statement drop_revoked_;
  SQLite::Statement select_tokens_;
};

}  // namespace hubwarden::store
