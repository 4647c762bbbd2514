#pragma once

// The durable records of workspaces. What these functions answered with success survives the death of the
// process and, as far as the disk keeps its promises, of the machine.
//
// Any implementation passes workspace_conformance_test.cpp. Callable from any loop; the answer comes back on
// the caller's own. Errors beside those named: `unavailable` when the records are away or too busy,
// `internal` when they are damaged; after either, the change may or may not have happened, as with any lost
// answer.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "net/task.h"
#include "store/workspace.h"

namespace hubwarden::store {

// Enough for an overlap in every rotation; a client that rotates in a loop without revoking meets it soon.
inline constexpr std::size_t kMaxLiveTokens = 20;
// Revoked tokens are kept so that an operator sees what happened; the oldest make room.
inline constexpr std::size_t kMaxRevokedTokens = 20;

class WorkspaceRecords {
 public:
  virtual ~WorkspaceRecords() = default;

  // The workspace and its first token, or neither. `conflict` if the id is taken.
  virtual net::Task<Result<>> create(Workspace workspace, WorkspaceToken first_token) = 0;
  // With all its tokens. `not_found`.
  virtual net::Task<Result<>> remove(policy::WorkspaceId id) = 0;
  // `not_found` without the workspace, `conflict` beyond kMaxLiveTokens.
  virtual net::Task<Result<>> add_token(policy::WorkspaceId id, WorkspaceToken token) = 0;
  // Revoking again is a success and keeps the first time. `not_found` without the workspace or the token.
  virtual net::Task<Result<>> revoke_token(policy::WorkspaceId id, TokenId token, TimePoint when) = 0;
  // `not_found`.
  virtual net::Task<Result<WorkspaceRecord>> find(policy::WorkspaceId id) = 0;
  // Up to `limit` records whose ids come after `after` in byte order; fewer only at the end.
  virtual net::Task<Result<std::vector<WorkspaceRecord>>> list(std::optional<policy::WorkspaceId> after,
                                                               std::size_t limit) = 0;
};

// What a workspace has become: its record, or nothing when it is gone.
using WorkspaceObserver =
    std::function<void(const policy::WorkspaceId& id, const std::optional<WorkspaceRecord>& now)>;

// Tells of every change after it is durable and before its caller has the answer, in the order in which the
// changes were made: whoever follows it never ends with an older state than the records.
class WorkspaceFeed {
 public:
  virtual ~WorkspaceFeed() = default;
  // Once, before the first change. The observer runs on the store's thread: short, no I/O, no exceptions.
  virtual void observe(WorkspaceObserver observer) = 0;
};

}  // namespace hubwarden::store
