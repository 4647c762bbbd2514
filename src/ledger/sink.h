#pragma once

// Where the records of a chain go.

#include <vector>

#include "base/error.h"
#include "net/task.h"
#include "store/ledger_segment.h"

namespace hubwarden::ledger {

// Called by one writer, one call at a time. The arguments are the caller's until the task is over.
class Sink {
 public:
  virtual ~Sink() = default;

  // The last records of the chains that it holds, which a new one names; up to `limit`.
  virtual net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t limit) = 0;
  // The whole segment is there when this succeeds, as safe as it gets there. A segment that failed comes
  // again until it succeeds, whatever had become of it, and is there once then.
  virtual net::Task<Result<>> append(const store::LedgerSegment& segment) = 0;
  // Another program has moved files away: what comes next goes to new ones. From any thread.
  virtual void reopen() {}
};

}  // namespace hubwarden::ledger
