#pragma once

// The durable records of revocations. What `revoke` answered with success survives the death of the process
// and, as far as the disk keeps its promises, of the machine.
//
// Any implementation passes revocation_conformance_test.cpp. Threads and errors as those of HandleRecords.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "net/task.h"
#include "store/revocation.h"

namespace hubwarden::store {

class RevocationRecords {
 public:
  virtual ~RevocationRecords() = default;

  // The one that stands afterwards: an earlier one if it says the same and was not lifted. `internal` if its
  // id is not new.
  virtual net::Task<Result<Revocation>> revoke(Revocation revocation) = 0;
  // Lifting again is a success and keeps the first time. `not_found`.
  virtual net::Task<Result<>> lift(RevocationId id, TimePoint when) = 0;
  // Replaces what that replica has noted of that revocation before; of one that is gone: nothing happens.
  virtual net::Task<Result<>> note_outcome(RevocationOutcome outcome) = 0;
  // Forgets those that were over before `when`, with their outcomes, up to `limit`; how many.
  virtual net::Task<Result<std::size_t>> forget_over(TimePoint when, std::size_t limit) = 0;
  // `not_found`.
  virtual net::Task<Result<Revocation>> find(RevocationId id) = 0;
  // Up to `limit` of them whose ids come after `after`; fewer only at the end.
  virtual net::Task<Result<std::vector<Revocation>>> list(std::optional<RevocationId> after,
                                                          std::size_t limit) = 0;
  // In the order of the replicas. Of one that is not known: none.
  virtual net::Task<Result<std::vector<RevocationOutcome>>> outcomes(RevocationId id) = 0;
};

// What a revocation has become: its record, or nothing when it is forgotten.
using RevocationObserver = std::function<void(RevocationId id, const std::optional<Revocation>& now)>;

// As HandleFeed: of every revocation and lifting. Not of outcomes.
class RevocationFeed {
 public:
  virtual ~RevocationFeed() = default;
  // Once, before the first change. The observer runs on the store's thread: short, no I/O, no exceptions.
  virtual void observe(RevocationObserver observer) = 0;
};

}  // namespace hubwarden::store
