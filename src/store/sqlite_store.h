#pragma once

// The records in one SQLite file, on a thread of their own.
//
//   Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open("/var/lib/hubwarden/hubwarden.db");
//   Result<WorkspaceRecord> record = co_await (*store)->find(id);
//
// Callable from any loop. Destroying it finishes the changes that were accepted; destroy it after the loops
// have stopped running and before they are destroyed themselves.

#include <memory>
#include <string>

#include "store/sqlite_approvals.h"
#include "store/sqlite_handles.h"
#include "store/sqlite_ledger.h"
#include "store/sqlite_revocations.h"
#include "store/sqlite_workspaces.h"
#include "store/store.h"
#include "store/worker.h"

namespace hubwarden::store {

class SqliteStore final : public Store {
 public:
  // A commit waits for the disk, some milliseconds: this many are seconds of waiting, and more would be no
  // kindness.
  static constexpr std::size_t kMaxQueue = 1024;

  // Blocks for the disk. See open_database for what is refused; ":memory:" for tests.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path);

  net::Task<Result<>> create(Workspace workspace, WorkspaceToken first_token) override;
  net::Task<Result<>> remove(policy::WorkspaceId id) override;
  net::Task<Result<>> add_token(policy::WorkspaceId id, WorkspaceToken token) override;
  net::Task<Result<>> revoke_token(policy::WorkspaceId id, TokenId token, TimePoint when) override;
  net::Task<Result<WorkspaceRecord>> find(policy::WorkspaceId id) override;
  net::Task<Result<std::vector<WorkspaceRecord>>> list(std::optional<policy::WorkspaceId> after,
                                                       std::size_t limit) override;
  void observe(WorkspaceObserver observer) override { workspace_observer_ = std::move(observer); }

  net::Task<Result<>> issue(Handle handle) override;
  net::Task<Result<>> revoke(HandleId id, TimePoint when) override;
  net::Task<Result<>> note_spent(std::vector<HandleSpent> spent) override;
  net::Task<Result<std::size_t>> forget_ended(TimePoint when, std::size_t limit) override;
  net::Task<Result<Handle>> find(HandleId id) override;
  net::Task<Result<std::vector<Handle>>> list(std::optional<HandleId> after, std::size_t limit) override;
  void observe(HandleObserver observer) override { handle_observer_ = std::move(observer); }

  net::Task<Result<Revocation>> revoke(Revocation revocation) override;
  net::Task<Result<>> lift(RevocationId id, TimePoint when) override;
  net::Task<Result<>> note_outcome(RevocationOutcome outcome) override;
  net::Task<Result<std::size_t>> forget_over(TimePoint when, std::size_t limit) override;
  net::Task<Result<Revocation>> find(RevocationId id) override;
  net::Task<Result<std::vector<Revocation>>> list(std::optional<RevocationId> after,
                                                  std::size_t limit) override;
  net::Task<Result<std::vector<RevocationOutcome>>> outcomes(RevocationId id) override;
  void observe(RevocationObserver observer) override { revocation_observer_ = std::move(observer); }

  net::Task<Result<Approval>> ask(Approval wanted, ApprovalBounds bounds) override;
  net::Task<Result<ApprovalSettled>> settle(ApprovalId id, ApprovalChange change) override;
  net::Task<Result<std::vector<Approval>>> expire(TimePoint now, std::size_t limit) override;
  net::Task<Result<std::size_t>> forget_approvals(TimePoint when, std::size_t limit) override;
  net::Task<Result<Approval>> find(ApprovalId id) override;
  net::Task<Result<std::vector<Approval>>> list(ApprovalQuery query, std::optional<ApprovalId> after,
                                                std::size_t limit) override;

  net::Task<Result<>> append(LedgerSegment segment) override;
  net::Task<Result<std::vector<LedgerHead>>> ledger_heads(std::size_t limit) override;
  net::Task<Result<std::vector<LedgerHead>>> prunable(TimePoint when, std::size_t limit) override;
  net::Task<Result<>> prune(std::vector<LedgerBeginning> beginnings) override;
  net::Task<Result<>> forget_beginnings(TimePoint when) override;
  net::Task<Result<std::vector<LedgerSegment>>> segments(LedgerQuery query,
                                                         std::optional<LedgerPosition> after,
                                                         std::size_t limit) override;
  net::Task<Result<std::vector<LedgerSegment>>> latest_segments(std::size_t limit) override;
  net::Task<Result<std::vector<LedgerBeginning>>> beginnings(std::optional<ReplicaId> after,
                                                             std::size_t limit) override;

  void stop() override { worker_.stop(); }

 private:
  explicit SqliteStore(std::unique_ptr<SQLite::Database> database);

  Result<> tell(const Result<WorkspaceRecord>& changed) const;
  void tell(HandleId id, const std::optional<Handle>& now) const;
  void tell(RevocationId id, const std::optional<Revocation>& now) const;

  // The worker is last: it ends before what its jobs use.
  std::unique_ptr<SQLite::Database> database_;
  SqliteWorkspaces workspaces_;
  SqliteHandles handles_;
  SqliteRevocations revocations_;
  SqliteApprovals approvals_;
  SqliteLedger ledger_;
  WorkspaceObserver workspace_observer_;
  HandleObserver handle_observer_;
  RevocationObserver revocation_observer_;
  Worker worker_;
};

}  // namespace hubwarden::store
