#pragma once

// The durable records of handles. What `issue` and `revoke` answered with success survives the death of the
// process and, as far as the disk keeps its promises, of the machine.
//
// Any implementation passes handle_conformance_test.cpp. Callable from any loop; the answer comes back on the
// caller's own. Errors beside those named: `unavailable` when the records are away or too busy, `internal`
// when they are damaged; after either, the change may or may not have happened, as with any lost answer.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "net/task.h"
#include "store/handle.h"

namespace hubwarden::store {

// What a handle has spent since that was last noted by the same hubwarden.
struct HandleSpent {
  HandleSpent(HandleId id, policy::BudgetSpent by_now) : handle(id), spent(by_now) {}
  HandleId handle;
  policy::BudgetSpent spent;
};

class HandleRecords {
 public:
  virtual ~HandleRecords() = default;

  // `internal` if its id or digest is not new.
  virtual net::Task<Result<>> issue(Handle handle) = 0;
  // Revoking again is a success and keeps the first time. `not_found`.
  virtual net::Task<Result<>> revoke(HandleId id, TimePoint when) = 0;
  // What is spent by now, of all of them or none; never less than was noted before, of either figure. Handles
  // that are gone are passed over.
  virtual net::Task<Result<>> note_spent(std::vector<HandleSpent> spent) = 0;
  // Forgets handles that ended before `when`, the longest ended first and up to `limit`; how many.
  virtual net::Task<Result<std::size_t>> forget_ended(TimePoint when, std::size_t limit) = 0;
  // `not_found`.
  virtual net::Task<Result<Handle>> find(HandleId id) = 0;
  // Up to `limit` handles whose ids come after `after`; fewer only at the end.
  virtual net::Task<Result<std::vector<Handle>>> list(std::optional<HandleId> after, std::size_t limit) = 0;
};

// What a handle has become: its record, or nothing when it is forgotten.
using HandleObserver = std::function<void(HandleId id, const std::optional<Handle>& now)>;

// Tells of every issue, revocation and forgetting after it is durable and before its caller has the answer,
// in the order in which they were made. Not of what is spent: that is known first to who notes it.
class HandleFeed {
 public:
  virtual ~HandleFeed() = default;
  // Once, before the first change. The observer runs on the store's thread: short, no I/O, no exceptions.
  virtual void observe(HandleObserver observer) = 0;
};

}  // namespace hubwarden::store
