#pragma once

// Tells this replica's observers what all replicas have changed, in the order in which they did.
//
//   PostgresFollower follower(address, log);
//   follower.observe(observer);
//   follower.start(last);                                   // of what was known before
//   bool is_told = follower.wait_for(number, deadline);     // after a change of one's own
//   follower.stop();
//
// A connection and a thread of its own. A change's notification wakes it; if that is lost, it looks by itself
// within kPoll. What it has seen is a number in the table of changes, so a connection that was lost loses
// nothing. `observe` and `wait_for` are thread-safe.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "net/unique_fd.h"
#include "obs/log.h"
#include "store/handle_records.h"
#include "store/postgres_link.h"
#include "store/postgres_session.h"
#include "store/revocation_records.h"
#include "store/workspace_records.h"

namespace hubwarden::store {

class PostgresFollower {
 public:
  // Promised to everybody is a second.
  static constexpr Duration kPoll = std::chrono::milliseconds(400);
  // For one batch, a new connection included; beyond it the records count as away.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  static constexpr std::size_t kBatch = 500;

  PostgresFollower(std::shared_ptr<const PostgresAddress> address, obs::Log& log);
  ~PostgresFollower() { stop(); }
  PostgresFollower(const PostgresFollower&) = delete;
  PostgresFollower& operator=(const PostgresFollower&) = delete;

  // Called on the follower's thread: short, no I/O, no exceptions.
  void observe(WorkspaceObserver observer) { observers_.lock()->workspaces = std::move(observer); }
  void observe(HandleObserver observer) { observers_.lock()->handles = std::move(observer); }
  void observe(RevocationObserver observer) { observers_.lock()->revocations = std::move(observer); }

  // Once.
  void start(std::int64_t last);
  // Not from an observer. May be repeated.
  void stop();

  // True when observers know of the change with this number, false if that takes longer.
  bool wait_for(std::int64_t number, SteadyPoint deadline);
  // "ok", "degraded" while the server is away; "behind" when this replica has missed changes that it can not
  // learn of any more and must be restarted.
  std::string state() const;

 private:
  // What differs between the kinds of records: postgres_follower.cpp.
  struct OfWorkspaces;
  struct OfHandles;
  struct OfRevocations;

  struct Observers {
    WorkspaceObserver workspaces;
    HandleObserver handles;
    RevocationObserver revocations;
  };
  struct Batch {
    std::int64_t forgotten = 0;
    std::int64_t last = 0;  // of all that there are
    std::int64_t end = 0;   // of those in this batch
    std::size_t size = 0;
    std::vector<std::string> workspaces;
    std::vector<std::string> handles;
    std::vector<std::string> revocations;

    std::vector<std::string>* of_kind(std::string_view kind);
  };

  void follow();
  bool catch_up();
  Result<Batch> read_batch(PostgresSession& session);
  void check(const Batch& batch);
  Result<> tell(PostgresSession& session, const Batch& batch);
  template <class Kind>
  Result<> tell(PostgresSession& session, const std::vector<std::string>& ids);
  void advance(std::int64_t to);
  void is_away(const std::string& why);
  void is_back();
  // Waits so long for it.
  bool is_stopping(std::chrono::milliseconds within = {}) const;

  const std::shared_ptr<const PostgresAddress> address_;
  obs::Log& log_;
  Guarded<Observers> observers_;
  const net::UniqueFd wake_;
  const net::UniqueFd stopping_;
  PostgresLink link_;
  std::mutex mutex_;  // of seen_
  std::condition_variable advanced_;
  std::int64_t seen_ = 0;
  std::atomic<bool> is_away_{false};
  std::atomic<bool> is_behind_{false};
  std::thread thread_;
};

}  // namespace hubwarden::store
