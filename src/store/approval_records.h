#pragma once

// The durable records of questions to persons. What was answered with success survives the death of the
// process. They are few, and read where they are kept: nobody remembers them, so all replicas agree.
//
// Any implementation passes approval_conformance_test.cpp. Callable from any loop; the answer comes back on
// the caller's own. Errors beside those named: as handle_records.h has them.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/task.h"
#include "store/approval.h"

namespace hubwarden::store {

// How many questions may wait for an answer at once.
struct ApprovalBounds {
  ApprovalBounds(std::size_t of_agent_, std::size_t in_all_) : of_agent(of_agent_), in_all(in_all_) {}
  std::size_t of_agent;
  std::size_t in_all;
};

// What becomes of a question: approved, denied or used.
struct ApprovalChange {
  ApprovalChange(ApprovalState to_, TimePoint at_) : to(to_), at(at_) {}

  ApprovalState to;
  TimePoint at;
  std::optional<TimePoint> expires_at;  // from now on; nothing: as before
  // Of a decision.
  std::string by;
  std::string as;
  std::string reason;
};

// The record as it is afterwards, and whether this change has made it so.
struct ApprovalSettled {
  ApprovalSettled(Approval now_, bool is_done_) : now(std::move(now_)), is_done(is_done_) {}
  Approval now;
  bool is_done;
};

// Which of them; nothing: all.
struct ApprovalQuery {
  explicit ApprovalQuery(TimePoint now_) : now(now_) {}

  TimePoint now;  // when they are asked for: what is over by then is expired
  std::optional<ApprovalState> state;
  std::optional<std::vector<std::string>> groups;  // those that ask one of these
};

class ApprovalRecords {
 public:
  virtual ~ApprovalRecords() = default;

  // The one that its holder has under its key already, or else this one, which is recorded now.
  // `rate_limited` beyond the bounds, `internal` if its id is not new.
  virtual net::Task<Result<Approval>> ask(Approval wanted, ApprovalBounds bounds) = 0;
  // A decision of what is pending, the use of what is approved, while its time lasts: of several that come at
  // once, one is done. `not_found`.
  virtual net::Task<Result<ApprovalSettled>> settle(ApprovalId id, ApprovalChange change) = 0;
  // Notes that the time of up to `limit` is over; those, each once.
  virtual net::Task<Result<std::vector<Approval>>> expire(TimePoint now, std::size_t limit) = 0;
  // Forgets what expired before `when`, up to `limit`; how many.
  virtual net::Task<Result<std::size_t>> forget_approvals(TimePoint when, std::size_t limit) = 0;
  // `not_found`.
  virtual net::Task<Result<Approval>> find(ApprovalId id) = 0;
  // Up to `limit` whose ids come after `after`, without their parameters; fewer only at the end.
  virtual net::Task<Result<std::vector<Approval>>> list(ApprovalQuery query, std::optional<ApprovalId> after,
                                                        std::size_t limit) = 0;
};

}  // namespace hubwarden::store
