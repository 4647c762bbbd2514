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
    : database_(std::move(database)),
      workspaces_(*database_),
      handles_(*database_),
      revocations_(*database_),
      approvals_(*database_),
      ledger_(*database_),
      worker_("records", kMaxQueue) {
}

Result<> SqliteStore::tell(const Result<WorkspaceRecord>& changed) const {
  if (!changed) return std::unexpected(changed.error());
  if (workspace_observer_) workspace_observer_(changed->workspace.id, *changed);
  return {};
}

void SqliteStore::tell(HandleId id, const std::optional<Handle>& now) const {
  if (handle_observer_) handle_observer_(id, now);
}

void SqliteStore::tell(RevocationId id, const std::optional<Revocation>& now) const {
  if (revocation_observer_) revocation_observer_(id, now);
}

net::Task<Result<>> SqliteStore::create(Workspace workspace, WorkspaceToken first_token) {
  return worker_.run([this, workspace = std::move(workspace), first_token = std::move(first_token)] {
    return tell(workspaces_.create(workspace, first_token));
  });
}

net::Task<Result<>> SqliteStore::remove(policy::WorkspaceId id) {
  return worker_.run([this, id = std::move(id)]() -> Result<> {
    Result<> removed = workspaces_.remove(id);
    if (removed && workspace_observer_) workspace_observer_(id, std::nullopt);
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

net::Task<Result<>> SqliteStore::issue(Handle handle) {
  return worker_.run([this, handle = std::move(handle)]() -> Result<> {
    Result<> issued = handles_.issue(handle);
    if (issued) tell(handle.id, handle);
    return issued;
  });
}

net::Task<Result<>> SqliteStore::revoke(HandleId id, TimePoint when) {
  return worker_.run([this, id, when]() -> Result<> {
    const Result<Handle> revoked = handles_.revoke(id, when);
    if (!revoked) return std::unexpected(revoked.error());
    tell(id, *revoked);
    return {};
  });
}

net::Task<Result<>> SqliteStore::note_spent(std::vector<HandleSpent> spent) {
  return worker_.run([this, spent = std::move(spent)] { return handles_.note_spent(spent); });
}

net::Task<Result<std::size_t>> SqliteStore::forget_ended(TimePoint when, std::size_t limit) {
  return worker_.run([this, when, limit]() -> Result<std::size_t> {
    const Result<std::vector<HandleId>> forgotten = handles_.forget_ended(when, limit);
    if (!forgotten) return std::unexpected(forgotten.error());
    for (const HandleId id : *forgotten) tell(id, std::nullopt);
    return forgotten->size();
  });
}

net::Task<Result<Handle>> SqliteStore::find(HandleId id) {
  return worker_.run([this, id] { return handles_.find(id); });
}

net::Task<Result<std::vector<Handle>>> SqliteStore::list(std::optional<HandleId> after, std::size_t limit) {
  return worker_.run([this, after, limit] { return handles_.list(after, limit); });
}

net::Task<Result<Revocation>> SqliteStore::revoke(Revocation revocation) {
  return worker_.run([this, revocation = std::move(revocation)] {
    Result<Revocation> stands = revocations_.revoke(revocation);
    if (stands) tell(stands->id, *stands);
    return stands;
  });
}

net::Task<Result<>> SqliteStore::lift(RevocationId id, TimePoint when) {
  return worker_.run([this, id, when]() -> Result<> {
    const Result<Revocation> lifted = revocations_.lift(id, when);
    if (!lifted) return std::unexpected(lifted.error());
    tell(id, *lifted);
    return {};
  });
}

net::Task<Result<>> SqliteStore::note_outcome(RevocationOutcome outcome) {
  return worker_.run([this, outcome = std::move(outcome)] { return revocations_.note_outcome(outcome); });
}

net::Task<Result<std::size_t>> SqliteStore::forget_over(TimePoint when, std::size_t limit) {
  return worker_.run([this, when, limit]() -> Result<std::size_t> {
    const Result<std::vector<RevocationId>> forgotten = revocations_.forget_over(when, limit);
    if (!forgotten) return std::unexpected(forgotten.error());
    for (const RevocationId id : *forgotten) tell(id, std::nullopt);
    return forgotten->size();
  });
}

net::Task<Result<Revocation>> SqliteStore::find(RevocationId id) {
  return worker_.run([this, id] { return revocations_.find(id); });
}

net::Task<Result<std::vector<Revocation>>> SqliteStore::list(std::optional<RevocationId> after,
                                                             std::size_t limit) {
  return worker_.run([this, after, limit] { return revocations_.list(after, limit); });
}

net::Task<Result<std::vector<RevocationOutcome>>> SqliteStore::outcomes(RevocationId id) {
  return worker_.run([this, id] { return revocations_.outcomes(id); });
}

net::Task<Result<Approval>> SqliteStore::ask(Approval wanted, ApprovalBounds bounds) {
  return worker_.run([this, wanted = std::move(wanted), bounds] { return approvals_.ask(wanted, bounds); });
}

net::Task<Result<ApprovalSettled>> SqliteStore::settle(ApprovalId id, ApprovalChange change) {
  return worker_.run([this, id, change = std::move(change)] { return approvals_.settle(id, change); });
}

net::Task<Result<std::vector<Approval>>> SqliteStore::expire(TimePoint now, std::size_t limit) {
  return worker_.run([this, now, limit] { return approvals_.expire(now, limit); });
}

net::Task<Result<std::size_t>> SqliteStore::forget_approvals(TimePoint when, std::size_t limit) {
  return worker_.run([this, when, limit] { return approvals_.forget(when, limit); });
}

net::Task<Result<Approval>> SqliteStore::find(ApprovalId id) {
  return worker_.run([this, id] { return approvals_.find(id); });
}

net::Task<Result<std::vector<Approval>>> SqliteStore::list(ApprovalQuery query,
                                                           std::optional<ApprovalId> after,
                                                           std::size_t limit) {
  return worker_.run(
      [this, query = std::move(query), after, limit] { return approvals_.list(query, after, limit); });
}

net::Task<Result<>> SqliteStore::append(LedgerSegment segment) {
  return worker_.run([this, segment = std::move(segment)] { return ledger_.append(segment); });
}

net::Task<Result<std::vector<LedgerHead>>> SqliteStore::ledger_heads(std::size_t limit) {
  return worker_.run([this, limit] { return ledger_.heads(limit); });
}

net::Task<Result<std::vector<LedgerHead>>> SqliteStore::prunable(TimePoint when, std::size_t limit) {
  return worker_.run([this, when, limit] { return ledger_.prunable(when, limit); });
}

net::Task<Result<>> SqliteStore::prune(std::vector<LedgerBeginning> beginnings) {
  return worker_.run([this, beginnings = std::move(beginnings)] { return ledger_.prune(beginnings); });
}

net::Task<Result<>> SqliteStore::forget_beginnings(TimePoint when) {
  return worker_.run([this, when] { return ledger_.forget_beginnings(when); });
}

net::Task<Result<std::vector<LedgerSegment>>> SqliteStore::segments(LedgerQuery query,
                                                                    std::optional<LedgerPosition> after,
                                                                    std::size_t limit) {
  return worker_.run(
      [this, query = std::move(query), after, limit] { return ledger_.segments(query, after, limit); });
}

net::Task<Result<std::vector<LedgerSegment>>> SqliteStore::latest_segments(std::size_t limit) {
  return worker_.run([this, limit] { return ledger_.latest(limit); });
}

net::Task<Result<std::vector<LedgerBeginning>>> SqliteStore::beginnings(std::optional<ReplicaId> after,
                                                                        std::size_t limit) {
  return worker_.run([this, after, limit] { return ledger_.beginnings(after, limit); });
}

}  // namespace hubwarden::store
