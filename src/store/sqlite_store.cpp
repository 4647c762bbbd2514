#include "store/sqlite_store.h"

#include <SQLiteCpp/Exception.h>

#include <utility>

#include "store/sqlite_database.h"

namespace hubwarden::store {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path) {
  Result<std::unique_ptr<SQLite::Database>> database = open_database(path);
  if (!database) return std::unexpected(database.error());
  try {
    return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(database)));
  } catch (const SQLite::Exception& failure) {
    return fail(ErrorCode::kInternal, "records " + path + ": " + failure.what());
  }
}

SqliteStore::SqliteStore(std::unique_ptr<SQLite::Database> database)
    : database_(std::move(database)), workspaces_(*database_), worker_("records", kMaxQueue) {
}

Result<> SqliteStore::tell(const Result<WorkspaceRecord>& changed) const {
  if (!changed) return std::unexpected(changed.error());
  if (observer_) observer_(changed->workspace.id, *changed);
  return {};
}

net::Task<Result<>> SqliteStore::create(Workspace workspace, WorkspaceToken first_token) {
  return worker_.run([this, workspace = std::move(workspace), first_token = std::move(first_token)] {
    return tell(workspaces_.create(workspace, first_token));
  });
}

net::Task<Result<>> SqliteStore::remove(policy::WorkspaceId id) {
  return worker_.run([this, id = std::move(id)]() -> Result<> {
    Result<> removed = workspaces_.remove(id);
    if (removed && observer_) observer_(id, std::nullopt);
    return removed;
  });
}

net::Task<Result<>> SqliteStore::add_token(policy::WorkspaceId id, WorkspaceToken token) {
  return worker_.run([this, id = std::move(id), token = std::move(token)] {
    return tell(workspaces_.add_token(id, token));
  });
}

net::Task<Result<>> SqliteStore::revoke_token(policy::WorkspaceId id, TokenId token, TimePoint when) {
  return worker_.run(
      [this, id = std::move(id), token, when] { return tell(workspaces_.revoke_token(id, token, when)); });
}

net::Task<Result<WorkspaceRecord>> SqliteStore::find(policy::WorkspaceId id) {
  return worker_.run([this, id = std::move(id)] { return workspaces_.find(id); });
}

net::Task<Result<std::vector<WorkspaceRecord>>> SqliteStore::list(std::optional<policy::WorkspaceId> after,
                                                                  std::size_t limit) {
  return worker_.run([this, after = std::move(after), limit] { return workspaces_.list(after, limit); });
}

}  // namespace hubwarden::store
