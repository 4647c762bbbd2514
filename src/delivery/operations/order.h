#pragma once

// One request for an operation, read and authorised: who asks, and for what.
//
//   Result<Order> order = co_await read_order(request, gate, recorder, nullptr);

#include <optional>
#include <string>
#include <utility>

#include "auth/principal.h"
#include "delivery/gate.h"
#include "delivery/operations/operation_call.h"
#include "delivery/recorder.h"
#include "delivery/trial.h"
#include "http/handler.h"
#include "rules/decision.h"
#include "store/approval.h"

namespace hubwarden::delivery {

struct Order {
  Order(auth::PrincipalPtr who_, OperationCall call_, rules::Decision decision_)
      : who(std::move(who_)), call(std::move(call_)), decision(std::move(decision_)) {}

  auth::PrincipalPtr who;
  OperationCall call;
  rules::Decision decision;                    // that allows it, perhaps with consent
  std::optional<policy::PermissionSet> most;   // that is minted for it; nothing: no limit
  std::optional<std::string> idempotency_key;  // of a write, and of whatever needs consent
  std::string parameters;                      // of what needs consent, for a person to read: JSON
  std::optional<store::Approval> approval;     // of what needs consent, once it was asked for
  http::Fields fields;                         // of the caller's own, for GitHub

  bool is_write() const { return !call.operation().is_read(); }
  bool needs_consent() const { return decision.verdict == rules::Verdict::kConsent; }
};

// `unauthenticated` for the credential; `operation_not_allowed` and `forbidden` for what its grant does not
// hold, which is recorded; `invalid_request` for the rest. Nothing is asked, nothing minted, no budget
// touched. `trial` hears it; null: there is none.
http::Task<Result<Order>> read_order(http::Request& request, const Gate& gate, const Recorder& recorder,
                                     Trial* trial);

}  // namespace hubwarden::delivery
