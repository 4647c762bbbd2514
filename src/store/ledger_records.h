#pragma once

// The durable records of the ledger: segments of chains, which are added and never changed, and deleted from
// the beginning of a chain alone. What these functions answered with success survives the death of the
// process and, as far as the disk keeps its promises, of the machine.
//
// Any implementation passes ledger_conformance_test.cpp. Callable from any loop; the answer comes back on the
// caller's own. Errors: `unavailable` when the records are away or too busy, `internal` when they are
// damaged.

#include <cstddef>
#include <optional>
#include <vector>

#include "net/task.h"
#include "store/ledger_segment.h"

namespace hubwarden::store {

// For who writes it.
class LedgerRecords {
 public:
  virtual ~LedgerRecords() = default;

  // All of it or nothing. The same segment again is a success and there once, so that whoever had no answer
  // may ask again; `internal` if another lies in its place.
  virtual net::Task<Result<>> append(LedgerSegment segment) = 0;
  // The last record of each chain, the latest first, up to `limit` of them.
  virtual net::Task<Result<std::vector<LedgerHead>>> ledger_heads(std::size_t limit) = 0;
  // Up to where chains could be pruned of what ended before `when`: of each the last record of a beginning,
  // for up to `limit` segments in all.
  virtual net::Task<Result<std::vector<LedgerHead>>> prunable(TimePoint when, std::size_t limit) = 0;
  // Deletes what these say was deleted and keeps them, all or nothing. One that says less than what is kept
  // already is passed over.
  virtual net::Task<Result<>> prune(std::vector<LedgerBeginning> beginnings) = 0;
  // Forgets beginnings that were made before `when`, of chains that are gone.
  virtual net::Task<Result<>> forget_beginnings(TimePoint when) = 0;
};

// What is wanted of it; nothing: all.
struct LedgerQuery {
  LedgerQuery() = default;

  std::optional<ReplicaId> replica;
  std::optional<std::string> fingerprint;  // segments with a record that speaks of it
  std::optional<TimePoint> since;          // segments that ended then or later
};

// The place behind which to go on.
struct LedgerPosition {
  LedgerPosition(ReplicaId of, std::uint64_t first_of_segment) : replica(of), first(first_of_segment) {}
  ReplicaId replica;
  std::uint64_t first;
};

// For who reads it.
class LedgerReader {
 public:
  virtual ~LedgerReader() = default;

  // Up to `limit` segments behind `after`, chain by chain in the order of their names; fewer only at the end.
  virtual net::Task<Result<std::vector<LedgerSegment>>> segments(LedgerQuery query,
                                                                 std::optional<LedgerPosition> after,
                                                                 std::size_t limit) = 0;
  // The `limit` segments that ended last, the latest first.
  virtual net::Task<Result<std::vector<LedgerSegment>>> latest_segments(std::size_t limit) = 0;
  // Up to `limit` beginnings of chains whose names come after `after`; fewer only at the end.
  virtual net::Task<Result<std::vector<LedgerBeginning>>> beginnings(std::optional<ReplicaId> after,
                                                                     std::size_t limit) = 0;
};

}  // namespace hubwarden::store
