#include "store/sqlite_workspaces.h"

#include "store/record_text.h"
#include "store/sqlite_statement.h"
#include "store/workspace_records.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;

Result<Workspace> to_workspace(Use& row) {
  return workspace_of(row.column(0).getString(), row.column(1).getString(), row.column(2).getString(),
                      from_micros(row.column(3).getInt64()));
}

}  // namespace

SqliteWorkspaces::SqliteWorkspaces(SQLite::Database& database)
    : database_(database),
      insert_workspace_(
          database,
          "INSERT INTO workspaces (id, repositories, permissions, created_at) VALUES (?, ?, ?, ?) "
          "ON CONFLICT DO NOTHING"),
      delete_workspace_(database, "DELETE FROM workspaces WHERE id = ?"),
      select_workspace_(database,
                        "SELECT id, repositories, permissions, created_at FROM workspaces WHERE id = ?"),
      select_page_(database,
                   "SELECT id, repositories, permissions, created_at FROM workspaces WHERE id > ? "
                   "ORDER BY id LIMIT ?"),
      insert_token_(database,
                    "INSERT INTO workspace_tokens (workspace_id, id, digest, created_at, revoked_at) "
                    "VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING"),
      count_live_(database,
                  "SELECT count(*) FROM workspace_tokens WHERE workspace_id = ? AND revoked_at IS NULL"),
      revoke_token_(database,
                    "UPDATE workspace_tokens SET revoked_at = coalesce(revoked_at, ?) "
                    "WHERE workspace_id = ? AND id = ?"),
      drop_revoked_(
          database,
          "DELETE FROM workspace_tokens WHERE workspace_id = ?1 AND revoked_at IS NOT NULL AND id NOT IN "
          "(SELECT id FROM workspace_tokens WHERE workspace_id = ?1 AND revoked_at IS NOT NULL "
          "ORDER BY revoked_at DESC, id LIMIT ?2)"),
      select_tokens_(database,
                     "SELECT id, digest, created_at, revoked_at FROM workspace_tokens WHERE workspace_id = ? "
                     "ORDER BY created_at, id") {
}

Result<WorkspaceRecord> SqliteWorkspaces::create(const Workspace& workspace,
                                                 const WorkspaceToken& first_token) {
  return in_transaction(database_, [&]() -> Result<WorkspaceRecord> {
    const int inserted = Use(insert_workspace_)
                             .bind(workspace.id.text())
                             .bind(repositories_text(workspace.repositories))
                             .bind(workspace.permissions.text())
                             .bind(micros(workspace.created_at))
                             .exec();
    if (inserted == 0) return workspace_exists(workspace.id);
    if (Result<> added = insert_token(workspace.id, first_token); !added)
      return std::unexpected(added.error());
    return read(workspace.id);
  });
}

Result<> SqliteWorkspaces::remove(const WorkspaceId& id) {
  return in_transaction(database_, [&]() -> Result<> {
    if (Use(delete_workspace_).bind(id.text()).exec() == 0) return no_workspace(id);
    return {};
  });
}

Result<WorkspaceRecord> SqliteWorkspaces::add_token(const WorkspaceId& id, const WorkspaceToken& token) {
  return in_transaction(database_, [&]() -> Result<WorkspaceRecord> {
    const Result<WorkspaceRecord> found = read(id);
    if (!found) return found;
    if (Result<> added = insert_token(id, token); !added) return std::unexpected(added.error());
    return read(id);
  });
}

Result<> SqliteWorkspaces::insert_token(const WorkspaceId& id, const WorkspaceToken& token) {
  Use live(count_live_);
  live.bind(id.text());
  if (live.step() && live.column(0).getInt64() >= static_cast<std::int64_t>(kMaxLiveTokens)) {
    return too_many_tokens(id);
  }
  Use insert(insert_token_);
  insert.bind(id.text()).bind(to_text(token.id)).bind(token.digest).bind(micros(token.created_at));
  if (insert.exec() == 0) return not_new("token");
  return {};
}

Result<WorkspaceRecord> SqliteWorkspaces::revoke_token(const WorkspaceId& id, TokenId token, TimePoint when) {
  return in_transaction(database_, [&]() -> Result<WorkspaceRecord> {
    Use revoke(revoke_token_);
    if (revoke.bind(micros(when)).bind(id.text()).bind(to_text(token)).exec() == 0) {
      const Result<WorkspaceRecord> found = read(id);
      if (!found) return found;
      return no_token(id, token);
    }
    Use(drop_revoked_).bind(id.text()).bind(static_cast<std::int64_t>(kMaxRevokedTokens)).exec();
    return read(id);
  });
}

Result<WorkspaceRecord> SqliteWorkspaces::find(const WorkspaceId& id) {
  try {
    return read(id);
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<std::vector<WorkspaceRecord>> SqliteWorkspaces::list(const std::optional<WorkspaceId>& after,
                                                            std::size_t limit) {
  try {
    Use page(select_page_);
    page.bind(after ? after->text() : std::string()).bind(static_cast<std::int64_t>(limit));
    std::vector<WorkspaceRecord> records;
    while (page.step()) {
      Result<Workspace> workspace = to_workspace(page);
      if (!workspace) return std::unexpected(workspace.error());
      Result<std::vector<WorkspaceToken>> tokens = tokens_of(workspace->id);
      if (!tokens) return std::unexpected(tokens.error());
      records.emplace_back(*std::move(workspace), *std::move(tokens));
    }
    return records;
  } catch (const SQLite::Exception& failure) {
    return std::unexpected(to_error(failure));
  }
}

Result<WorkspaceRecord> SqliteWorkspaces::read(const WorkspaceId& id) {
  Use row(select_workspace_);
  row.bind(id.text());
  if (!row.step()) return no_workspace(id);
  Result<Workspace> workspace = to_workspace(row);
  if (!workspace) return std::unexpected(workspace.error());
  Result<std::vector<WorkspaceToken>> tokens = tokens_of(id);
  if (!tokens) return std::unexpected(tokens.error());
  return WorkspaceRecord(*std::move(workspace), *std::move(tokens));
}

Result<std::vector<WorkspaceToken>> SqliteWorkspaces::tokens_of(const WorkspaceId& id) {
  Use row(select_tokens_);
  row.bind(id.text());
  std::vector<WorkspaceToken> tokens;
  while (row.step()) {
    const Result<TokenId> token_id = parse_token_id(row.column(0).getString());
    const std::optional<crypto::Digest> digest = digest_in(row.column(1));
    if (!token_id || !digest) return damaged_workspace(id.text());
    WorkspaceToken& token = tokens.emplace_back(*token_id, *digest, from_micros(row.column(2).getInt64()));
    if (!row.column(3).isNull()) token.revoked_at = from_micros(row.column(3).getInt64());
  }
  return tokens;
}

}  // namespace hubwarden::store
