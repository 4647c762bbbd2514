#include "store/postgres_workspaces.h"

#include <utility>

#include "base/text.h"
#include "store/record_text.h"
#include "store/workspace_records.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;

constexpr PostgresStatement kInsert = {
    "insert_workspace",
    "INSERT INTO workspaces (id, repositories, permissions, created_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kDelete = {"delete_workspace", "DELETE FROM workspaces WHERE id = $1"};
constexpr PostgresStatement kCountLive = {
    "count_live_tokens",
    "SELECT count(t.id) FROM workspaces w LEFT JOIN workspace_tokens t "
    "ON t.workspace_id = w.id AND t.revoked_at IS NULL WHERE w.id = $1 GROUP BY w.id"};
constexpr PostgresStatement kInsertToken = {
    "insert_token",
    "INSERT INTO workspace_tokens (workspace_id, id, digest, created_at) "
    "VALUES ($1, $2, decode($3, 'hex'), $4) ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kRevokeToken = {
    "revoke_token",
    "UPDATE workspace_tokens SET revoked_at = coalesce(revoked_at, $1) WHERE workspace_id = $2 AND id = $3"};
constexpr PostgresStatement kDropRevoked = {
    "drop_revoked_tokens",
    "DELETE FROM workspace_tokens WHERE workspace_id = $1 AND revoked_at IS NOT NULL AND id NOT IN "
    "(SELECT id FROM workspace_tokens WHERE workspace_id = $1 AND revoked_at IS NOT NULL "
    "ORDER BY revoked_at DESC, id LIMIT $2)"};

// One statement for a workspace and its tokens: what it sees is of one moment.
constexpr PostgresStatement kSelect = {
    "select_workspaces",
    "SELECT w.id, w.repositories, w.permissions, w.created_at, "
    "t.id, encode(t.digest, 'hex'), t.created_at, t.revoked_at "
    "FROM workspaces w LEFT JOIN workspace_tokens t ON t.workspace_id = w.id "
    "WHERE w.id = ANY($1::text[]) ORDER BY w.id, t.created_at, t.id"};
constexpr PostgresStatement kSelectPage = {
    "select_workspace_page",
    "SELECT w.id, w.repositories, w.permissions, w.created_at, "
    "t.id, encode(t.digest, 'hex'), t.created_at, t.revoked_at "
    "FROM (SELECT * FROM workspaces WHERE id > $1 ORDER BY id LIMIT $2) w "
    "LEFT JOIN workspace_tokens t ON t.workspace_id = w.id ORDER BY w.id, t.created_at, t.id"};

std::string text_of(TimePoint time) {
  return std::to_string(micros(time));
}

Result<WorkspaceToken> token_in(const PostgresRows& rows, std::size_t row) {
  const Result<TokenId> id = parse_token_id(rows.text(row, 4));
  const std::optional<crypto::Digest> digest = rows.digest(row, 5);
  if (!id || !digest) return damaged_workspace(rows.text(row, 0));
  return WorkspaceToken(*id, *digest, rows.time(row, 6), rows.time_or_null(row, 7));
}

// A row for each token, or one without any.
Result<std::vector<WorkspaceRecord>> records_in(const PostgresRows& rows) {
  std::vector<WorkspaceRecord> records;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (records.empty() || records.back().workspace.id.text() != rows.text(row, 0)) {
      Result<Workspace> workspace =
          workspace_of(rows.text(row, 0), rows.text(row, 1), rows.text(row, 2), rows.time(row, 3));
      if (!workspace) return std::unexpected(workspace.error());
      records.emplace_back(*std::move(workspace), std::vector<WorkspaceToken>());
    }
    if (rows.is_null(row, 4)) continue;
    Result<WorkspaceToken> token = token_in(rows, row);
    if (!token) return std::unexpected(token.error());
    records.back().tokens.push_back(*std::move(token));
  }
  return records;
}

Result<std::vector<WorkspaceRecord>> select(PostgresSession& session, const PostgresStatement& statement,
                                            const PostgresValues& values) {
  const Result<PostgresRows> rows = session.ask(statement, values);
  if (!rows) return std::unexpected(rows.error());
  return records_in(*rows);
}

Result<> insert_token(PostgresSession& session, const WorkspaceId& id, const WorkspaceToken& token) {
  const Result<PostgresRows> inserted =
      session.ask(kInsertToken, {id.text(), to_text(token.id), hex(token.digest), text_of(token.created_at)});
  if (!inserted) return std::unexpected(inserted.error());
  if (inserted->changed() == 0) return not_new("token");
  return session.announce(PostgresRecord::kWorkspace, {id.text()});
}

}  // namespace

Result<> insert_workspace(PostgresSession& session, const Workspace& workspace,
                          const WorkspaceToken& first_token) {
  const Result<PostgresRows> inserted =
      session.ask(kInsert, {workspace.id.text(), repositories_text(workspace.repositories),
                            workspace.permissions.text(), text_of(workspace.created_at)});
  if (!inserted) return std::unexpected(inserted.error());
  if (inserted->changed() == 0) return workspace_exists(workspace.id);
  return insert_token(session, workspace.id, first_token);
}

Result<> delete_workspace(PostgresSession& session, const WorkspaceId& id) {
  const Result<PostgresRows> deleted = session.ask(kDelete, {id.text()});
  if (!deleted) return std::unexpected(deleted.error());
  if (deleted->changed() == 0) return no_workspace(id);
  return session.announce(PostgresRecord::kWorkspace, {id.text()});
}

Result<> insert_workspace_token(PostgresSession& session, const WorkspaceId& id,
                                const WorkspaceToken& token) {
  const Result<PostgresRows> live = session.ask(kCountLive, {id.text()});
  if (!live) return std::unexpected(live.error());
  if (live->size() == 0) return no_workspace(id);
  if (count_of(live->number(0, 0)) >= kMaxLiveTokens) return too_many_tokens(id);
  return insert_token(session, id, token);
}

Result<> revoke_workspace_token(PostgresSession& session, const WorkspaceId& id, TokenId token,
                                TimePoint when) {
  const Result<PostgresRows> revoked = session.ask(kRevokeToken, {text_of(when), id.text(), to_text(token)});
  if (!revoked) return std::unexpected(revoked.error());
  if (revoked->changed() == 0) {
    const Result<WorkspaceRecord> found = read_workspace(session, id);
    if (!found) return std::unexpected(found.error());
    return no_token(id, token);
  }
  const Result<PostgresRows> dropped =
      session.ask(kDropRevoked, {id.text(), std::to_string(kMaxRevokedTokens)});
  if (!dropped) return std::unexpected(dropped.error());
  return session.announce(PostgresRecord::kWorkspace, {id.text()});
}

Result<WorkspaceRecord> read_workspace(PostgresSession& session, const WorkspaceId& id) {
  Result<std::vector<WorkspaceRecord>> found = read_workspaces(session, {id.text()});
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return no_workspace(id);
  return std::move(found->front());
}

Result<std::vector<WorkspaceRecord>> read_workspaces(PostgresSession& session,
                                                     const std::vector<std::string>& ids) {
  return select(session, kSelect, {postgres_array(ids)});
}

Result<std::vector<WorkspaceRecord>> list_workspaces(PostgresSession& session,
                                                     const std::optional<WorkspaceId>& after,
                                                     std::size_t limit) {
  return select(session, kSelectPage, {after ? after->text() : std::string(), std::to_string(limit)});
}

}  // namespace hubwarden::store
