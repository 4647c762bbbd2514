#pragma once

// One request for an operation, read and authorised: who asks, and for what.
//
//   Result<Order> order = co_await read_order(request, gate, rules);

#include <memory>
#include <optional>
#include <string>

#include "auth/handle_principal.h"
#include "catalogue/operation_list.h"
#include "delivery/gate.h"
#include "delivery/operations/operation_call.h"
#include "http/handler.h"

namespace hubwarden::delivery {

struct Order {
  Order(std::shared_ptr<const auth::HandlePrincipal> who_, OperationCall call_)
      : who(std::move(who_)), call(std::move(call_)) {}

  std::shared_ptr<const auth::HandlePrincipal> who;
  OperationCall call;
  std::optional<std::string> idempotency_key;  // of a write
  http::Fields fields;                         // of the caller's own, for GitHub

  bool is_write() const { return !call.operation().is_read(); }
};

// `unauthenticated` for the handle; `operation_not_allowed` for what it, or the configuration (`allowed`),
// does not name; `invalid_request` for the rest. Nothing is asked, nothing minted, no budget touched.
http::Task<Result<Order>> read_order(http::Request& request, const Gate& gate,
                                     const catalogue::OperationList& allowed);

}  // namespace hubwarden::delivery
