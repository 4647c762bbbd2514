#include "delivery/operations/consent.h"

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "delivery/identity/approval_json.h"
#include "delivery/json_answer.h"
#include "delivery/operations/idempotency.h"

namespace hubwarden::delivery {
namespace {

// A person takes longer; a program that asks this often costs nobody anything.
constexpr std::string_view kAskAgainIn = "5";

auth::ApprovalWish wish_of(const Order& order, std::string_view request_id) {
  // Nobody else's grant is by rules.
  HW_CHECK(order.who->kind() == auth::PrincipalKind::kSession);
  auth::ApprovalWish wish(std::static_pointer_cast<const auth::SessionPrincipal>(order.who), order.decision,
                          order.call.repository());
  wish.operation = order.call.named().name();
  wish.parameters = order.parameters;
  wish.request = order.call.digest();
  wish.key = *order.idempotency_key;
  wish.request_id = request_id;
  return wish;
}

}  // namespace

net::Task<Result<store::Approval>> ask_consent(auth::Approvals& approvals, const Order& order,
                                               std::string_view request_id) {
  if (!order.idempotency_key) {
    co_return fail(ErrorCode::kInvalidRequest,
                   "rule \"" + order.decision.rule +
                       "\" allows it with consent: send an Idempotency-Key, and the same again once "
                       "somebody has agreed");
  }
  const Result<> checked = Idempotency::check_key(*order.idempotency_key);
  if (!checked) co_return std::unexpected(checked.error());
  net::Task<Result<store::Approval>> asking = approvals.ask(wish_of(order, request_id));
  Result<store::Approval> asked = co_await std::move(asking);
  co_return asked;
}

http::Response waiting_answer(const store::Approval& approval, TimePoint now) {
  boost::json::object body;
  body["approval"] = to_json(approval, now);
  http::Response response = json_answer(202, body);
  response.fields().add("Location", "/v1/approvals/" + to_text(approval.id));
  response.fields().add("Retry-After", kAskAgainIn);
  return response;
}

}  // namespace hubwarden::delivery
