#pragma once

// The SQL of workspaces in PostgreSQL: steps of a PostgresSession. What changes something belongs into
// `change`, announces it, and leaves it to the session to commit.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/postgres_session.h"
#include "store/workspace.h"

namespace hubwarden::store {

Result<> insert_workspace(PostgresSession& session, const Workspace& workspace,
                          const WorkspaceToken& first_token);
Result<> delete_workspace(PostgresSession& session, const policy::WorkspaceId& id);
Result<> insert_workspace_token(PostgresSession& session, const policy::WorkspaceId& id,
                                const WorkspaceToken& token);
Result<> revoke_workspace_token(PostgresSession& session, const policy::WorkspaceId& id, TokenId token,
                                TimePoint when);

Result<WorkspaceRecord> read_workspace(PostgresSession& session, const policy::WorkspaceId& id);
// Those that there are, in the order of their ids.
Result<std::vector<WorkspaceRecord>> read_workspaces(PostgresSession& session,
                                                     const std::vector<std::string>& ids);
Result<std::vector<WorkspaceRecord>> list_workspaces(PostgresSession& session,
                                                     const std::optional<policy::WorkspaceId>& after,
                                                     std::size_t limit);

}  // namespace hubwarden::store
