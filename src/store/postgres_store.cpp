#include "store/postgres_store.h"

#include <string>
#include <thread>

#include "base/check.h"
#include "store/postgres_approvals.h"
#include "store/postgres_handles.h"
#include "store/postgres_ledger.h"
#include "store/postgres_migrations.h"
#include "store/postgres_revocations.h"
#include "store/postgres_workspaces.h"

namespace hubwarden::store {
namespace {

// Of a server that is not there.
constexpr std::chrono::milliseconds kPauseBetweenTries(200);
// Tables are small, but a replica that migrates them may have to be waited for.
constexpr std::chrono::seconds kMigration(30);

SteadyPoint from_now(Duration wait) {
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyPoint::duration>(wait);
}

Result<> connect(PostgresLink& link, const PostgresOptions& options) {
  const SteadyPoint give_up = from_now(options.start_within);
  std::string why;
  for (;;) {
    const PostgresLink::Outcome<> connected = link.connect(std::min(give_up, from_now(options.patience)));
    if (connected) return {};
    // That the last try was cut short says less than what the server answered before.
    const bool is_cut = connected.error().kind == PostgresFailure::Kind::kTimedOut;
    if (why.empty() || !is_cut) why = connected.error().why;
    if (std::chrono::steady_clock::now() + kPauseBetweenTries >= give_up) {
      return fail(ErrorCode::kUnavailable, "records " + link.address().shown() + ": " + why);
    }
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
}

}  // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(PostgresOptions options, obs::Log& log) {
  Result<PostgresAddress> parsed = PostgresAddress::parse(options.url, options.password);
  if (!parsed) return std::unexpected(parsed.error());
  const auto address = std::make_shared<const PostgresAddress>(*std::move(parsed));
  PostgresLink link(address);
  const Result<> connected = connect(link, options);
  if (!connected) return std::unexpected(connected.error());
  const Result<std::int64_t> last = prepare_postgres(link, from_now(kMigration));
  if (!last) return std::unexpected(last.error());
  return std::unique_ptr<PostgresStore>(new PostgresStore(options, address, *last, log));
}

PostgresStore::PostgresStore(const PostgresOptions& options, std::shared_ptr<const PostgresAddress> address,
                             std::int64_t opened_at, obs::Log& log)
    : patience_(options.patience),
      opened_at_(opened_at),
      follower_(address, log),
      workers_(options.connections, kMaxQueue) {
  auto idle = idle_.lock();
  for (std::size_t i = 0; i < options.connections; ++i)
    idle->push_back(std::make_unique<PostgresLink>(address));
}

void PostgresStore::stop() {
  // First those who wait for the follower.
  workers_.stop();
  follower_.stop();
}

// As many as there are workers: there is always one.
class PostgresStore::Borrowed {
 public:
  explicit Borrowed(PostgresStore& store) : store_(store) {
    auto idle = store_.idle_.lock();
    HW_CHECK(!idle->empty());
    // The one that was used last: its connection is the most likely to live.
    link_ = std::move(idle->back());
    idle->pop_back();
  }
  ~Borrowed() { store_.idle_.lock()->push_back(std::move(link_)); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  PostgresLink& link() { return *link_; }

 private:
  PostgresStore& store_;
  std::unique_ptr<PostgresLink> link_;
};

template <class Call>
auto PostgresStore::run(Call call) {
  const SteadyPoint deadline = from_now(patience_);
  return workers_.run([this, deadline, call = std::move(call)]() mutable {
    Borrowed borrowed(*this);
    PostgresSession session(borrowed.link(), deadline);
    return call(session);
  });
}

template <class Steps>
auto PostgresStore::read(Steps steps) {
  return run([steps = std::move(steps)](PostgresSession& session) {
    return session.read([&] { return steps(session); });
  });
}

template <class Steps>
auto PostgresStore::change(Steps steps) {
  return run([this, steps = std::move(steps)](PostgresSession& session) {
    auto outcome = session.change([&] { return steps(session); });
    if (!outcome || follower_.wait_for(session.change_number(), session.deadline())) return outcome;
    outcome = std::unexpected(Error(ErrorCode::kUnavailable, "the records cannot be followed"));
    return outcome;
  });
}

net::Task<Result<>> PostgresStore::create(Workspace workspace, WorkspaceToken first_token) {
  return change([workspace = std::move(workspace), first_token = std::move(first_token)](
                    PostgresSession& session) { return insert_workspace(session, workspace, first_token); });
}

net::Task<Result<>> PostgresStore::remove(policy::WorkspaceId id) {
  return change([id = std::move(id)](PostgresSession& session) { return delete_workspace(session, id); });
}

net::Task<Result<>> PostgresStore::add_token(policy::WorkspaceId id, WorkspaceToken token) {
  return change([id = std::move(id), token = std::move(token)](PostgresSession& session) {
    return insert_workspace_token(session, id, token);
  });
}

net::Task<Result<>> PostgresStore::revoke_token(policy::WorkspaceId id, TokenId token, TimePoint when) {
  return change([id = std::move(id), token, when](PostgresSession& session) {
    return revoke_workspace_token(session, id, token, when);
  });
}

net::Task<Result<WorkspaceRecord>> PostgresStore::find(policy::WorkspaceId id) {
  return read([id = std::move(id)](PostgresSession& session) { return read_workspace(session, id); });
}

net::Task<Result<std::vector<WorkspaceRecord>>> PostgresStore::list(std::optional<policy::WorkspaceId> after,
                                                                    std::size_t limit) {
  return read([after = std::move(after), limit](PostgresSession& session) {
    return list_workspaces(session, after, limit);
  });
}

net::Task<Result<>> PostgresStore::issue(Handle handle) {
  return change(
      [handle = std::move(handle)](PostgresSession& session) { return insert_handle(session, handle); });
}

net::Task<Result<>> PostgresStore::revoke(HandleId id, TimePoint when) {
  return change([id, when](PostgresSession& session) { return revoke_handle(session, id, when); });
}

net::Task<Result<>> PostgresStore::note_spent(std::vector<HandleSpent> spent) {
  return change(
      [spent = std::move(spent)](PostgresSession& session) { return store::note_spent(session, spent); });
}

net::Task<Result<std::size_t>> PostgresStore::forget_ended(TimePoint when, std::size_t limit) {
  return change(
      [when, limit](PostgresSession& session) { return forget_ended_handles(session, when, limit); });
}

net::Task<Result<Handle>> PostgresStore::find(HandleId id) {
  return read([id](PostgresSession& session) { return read_handle(session, id); });
}

net::Task<Result<std::vector<Handle>>> PostgresStore::list(std::optional<HandleId> after, std::size_t limit) {
  return read([after, limit](PostgresSession& session) { return list_handles(session, after, limit); });
}

net::Task<Result<Revocation>> PostgresStore::revoke(Revocation revocation) {
  return change([revocation = std::move(revocation)](PostgresSession& session) {
    return insert_revocation(session, revocation);
  });
}

net::Task<Result<>> PostgresStore::lift(RevocationId id, TimePoint when) {
  return change([id, when](PostgresSession& session) { return lift_revocation(session, id, when); });
}

net::Task<Result<>> PostgresStore::note_outcome(RevocationOutcome outcome) {
  return read([outcome = std::move(outcome)](PostgresSession& session) {
    return note_revocation_outcome(session, outcome);
  });
}

net::Task<Result<std::size_t>> PostgresStore::forget_over(TimePoint when, std::size_t limit) {
  return change([when, limit](PostgresSession& session) { return forget_revocations(session, when, limit); });
}

net::Task<Result<Revocation>> PostgresStore::find(RevocationId id) {
  return read([id](PostgresSession& session) { return read_revocation(session, id); });
}

net::Task<Result<std::vector<Revocation>>> PostgresStore::list(std::optional<RevocationId> after,
                                                               std::size_t limit) {
  return read([after, limit](PostgresSession& session) { return list_revocations(session, after, limit); });
}

net::Task<Result<std::vector<RevocationOutcome>>> PostgresStore::outcomes(RevocationId id) {
  return read([id](PostgresSession& session) { return read_revocation_outcomes(session, id); });
}

net::Task<Result<Approval>> PostgresStore::ask(Approval wanted, ApprovalBounds bounds) {
  return change([wanted = std::move(wanted), bounds](PostgresSession& session) {
    return ask_approval(session, wanted, bounds);
  });
}

net::Task<Result<ApprovalSettled>> PostgresStore::settle(ApprovalId id, ApprovalChange change) {
  return this->change([id, change = std::move(change)](PostgresSession& session) {
    return settle_approval(session, id, change);
  });
}

net::Task<Result<std::vector<Approval>>> PostgresStore::expire(TimePoint now, std::size_t limit) {
  return change([now, limit](PostgresSession& session) { return expire_approvals(session, now, limit); });
}

net::Task<Result<std::size_t>> PostgresStore::forget_approvals(TimePoint when, std::size_t limit) {
  return change(
      [when, limit](PostgresSession& session) { return store::forget_approvals(session, when, limit); });
}

net::Task<Result<Approval>> PostgresStore::find(ApprovalId id) {
  return read([id](PostgresSession& session) { return read_approval(session, id); });
}

net::Task<Result<std::vector<Approval>>> PostgresStore::list(ApprovalQuery query,
                                                             std::optional<ApprovalId> after,
                                                             std::size_t limit) {
  return read([query = std::move(query), after, limit](PostgresSession& session) {
    return list_approvals(session, query, after, limit);
  });
}

// One statement, which is all or nothing by itself: no lock of changes, for which a fleet would queue, and no
// observer to wait for.
net::Task<Result<>> PostgresStore::append(LedgerSegment segment) {
  return read(
      [segment = std::move(segment)](PostgresSession& session) { return append_segment(session, segment); });
}

net::Task<Result<std::vector<LedgerHead>>> PostgresStore::ledger_heads(std::size_t limit) {
  return read([limit](PostgresSession& session) { return read_ledger_heads(session, limit); });
}

net::Task<Result<std::vector<LedgerHead>>> PostgresStore::prunable(TimePoint when, std::size_t limit) {
  return read([when, limit](PostgresSession& session) { return read_prunable(session, when, limit); });
}

net::Task<Result<>> PostgresStore::prune(std::vector<LedgerBeginning> beginnings) {
  return change([beginnings = std::move(beginnings)](PostgresSession& session) {
    return prune_ledger(session, beginnings);
  });
}

net::Task<Result<>> PostgresStore::forget_beginnings(TimePoint when) {
  return change([when](PostgresSession& session) { return forget_ledger_beginnings(session, when); });
}

net::Task<Result<std::vector<LedgerSegment>>> PostgresStore::segments(LedgerQuery query,
                                                                      std::optional<LedgerPosition> after,
                                                                      std::size_t limit) {
  return read([query = std::move(query), after, limit](PostgresSession& session) {
    return read_segments(session, query, after, limit);
  });
}

net::Task<Result<std::vector<LedgerSegment>>> PostgresStore::latest_segments(std::size_t limit) {
  return read([limit](PostgresSession& session) { return read_latest_segments(session, limit); });
}

net::Task<Result<std::vector<LedgerBeginning>>> PostgresStore::beginnings(std::optional<ReplicaId> after,
                                                                          std::size_t limit) {
  return read([after, limit](PostgresSession& session) { return read_beginnings(session, after, limit); });
}

}  // namespace hubwarden::store
