#pragma once

// The records in PostgreSQL, shared by all replicas of a fleet.
//
//   PostgresOptions options;
//   options.url = "postgresql://hubwarden@db.example.com/hubwarden?sslmode=verify-full";
//   Result<std::unique_ptr<PostgresStore>> store = PostgresStore::open(std::move(options), log);
//   Result<WorkspaceRecord> record = co_await (*store)->find(id);
//
// Callable from any loop: a thread for each connection waits, with a deadline for everything. A server that
// was restarted is found again by the next call. What was changed is told by PostgresFollower.

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/shared_secret.h"
#include "net/workers.h"
#include "obs/log.h"
#include "store/postgres_follower.h"
#include "store/postgres_link.h"
#include "store/store.h"

namespace hubwarden::store {

struct PostgresOptions {
  std::string url;  // without the password
  SharedSecret password;
  std::size_t connections = 4;  // beside the follower's
  // From the call to its answer, the wait for its turn included.
  Duration patience = std::chrono::seconds(3);
  // How long a server that is not there is waited for when opening, as when both start together.
  Duration start_within = std::chrono::seconds(10);
};

class PostgresStore final : public Store {
 public:
  // They wait for `patience` at most.
  static constexpr std::size_t kMaxQueue = 1024;

  // Blocks. `unavailable` with what the operator has to know, `not_configured` for an URL that says nothing.
  // The log outlives the store.
  static Result<std::unique_ptr<PostgresStore>> open(PostgresOptions options, obs::Log& log);
  ~PostgresStore() override { PostgresStore::stop(); }

  net::Task<Result<>> create(Workspace workspace, WorkspaceToken first_token) override;
  net::Task<Result<>> remove(policy::WorkspaceId id) override;
  net::Task<Result<>> add_token(policy::WorkspaceId id, WorkspaceToken token) override;
  net::Task<Result<>> revoke_token(policy::WorkspaceId id, TokenId token, TimePoint when) override;
  net::Task<Result<WorkspaceRecord>> find(policy::WorkspaceId id) override;
  net::Task<Result<std::vector<WorkspaceRecord>>> list(std::optional<policy::WorkspaceId> after,
                                                       std::size_t limit) override;
  void observe(WorkspaceObserver observer) override { follower_.observe(std::move(observer)); }

  net::Task<Result<>> issue(Handle handle) override;
  net::Task<Result<>> revoke(HandleId id, TimePoint when) override;
  net::Task<Result<>> note_spent(std::vector<HandleSpent> spent) override;
  net::Task<Result<std::size_t>> forget_ended(TimePoint when, std::size_t limit) override;
  net::Task<Result<Handle>> find(HandleId id) override;
  net::Task<Result<std::vector<Handle>>> list(std::optional<HandleId> after, std::size_t limit) override;
  void observe(HandleObserver observer) override { follower_.observe(std::move(observer)); }

  net::Task<Result<Revocation>> revoke(Revocation revocation) override;
  net::Task<Result<>> lift(RevocationId id, TimePoint when) override;
  net::Task<Result<>> note_outcome(RevocationOutcome outcome) override;
  net::Task<Result<std::size_t>> forget_over(TimePoint when, std::size_t limit) override;
  net::Task<Result<Revocation>> find(RevocationId id) override;
  net::Task<Result<std::vector<Revocation>>> list(std::optional<RevocationId> after,
                                                  std::size_t limit) override;
  net::Task<Result<std::vector<RevocationOutcome>>> outcomes(RevocationId id) override;
  void observe(RevocationObserver observer) override { follower_.observe(std::move(observer)); }

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

  void follow() override { follower_.start(opened_at_); }
  void stop() override;
  std::string state() const override { return follower_.state(); }

 private:
  class Borrowed;

  PostgresStore(const PostgresOptions& options, std::shared_ptr<const PostgresAddress> address,
                std::int64_t opened_at, obs::Log& log);

  // On a worker, with a connection of its own.
  template <class Call>
  auto run(Call call);
  // In a transaction, and not over before this replica's observers know.
  template <class Steps>
  auto change(Steps steps);
  template <class Steps>
  auto read(Steps steps);

  const Duration patience_;
  const std::int64_t opened_at_;  // the last change that is known without the follower
  Guarded<std::vector<std::unique_ptr<PostgresLink>>> idle_;
  PostgresFollower follower_;
  net::Workers workers_;  // last: they end before what they use
};

}  // namespace hubwarden::store
