#pragma once

// What a rule allows with a person's consent: the question, and the answer to who has to wait for one.
//
//   Result<store::Approval> asked = co_await ask_consent(approvals, order, request.id());
//   if (asked && is_waiting(*asked)) co_return waiting_answer(*asked, clock.now());    // 202

#include <string_view>

#include "auth/approvals.h"
#include "base/clock.h"
#include "base/error.h"
#include "delivery/operations/order.h"
#include "http/handler.h"
#include "net/task.h"
#include "store/approval.h"

namespace hubwarden::delivery {

// The question as it is by now: pending, approved or used. `invalid_request` without an Idempotency-Key, by
// which the retry is known; the rest as auth::Approvals::ask().
net::Task<Result<store::Approval>> ask_consent(auth::Approvals& approvals, const Order& order,
                                               std::string_view request_id);

inline bool is_waiting(const store::Approval& approval) {
  return approval.state == store::ApprovalState::kPending;
}
http::Response waiting_answer(const store::Approval& approval, TimePoint now);

}  // namespace hubwarden::delivery
