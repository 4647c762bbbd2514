#include "delivery/identity/approval_json.h"

#include <boost/json/array.hpp>
#include <optional>
#include <utility>

#include "auth/approvals.h"
#include "base/text.h"
#include "base/time_text.h"
#include "delivery/json_body.h"
#include "wire/strict_json.h"

namespace hubwarden::delivery {
namespace {

namespace bj = boost::json;

bj::object asker(const store::Approval& approval) {
  bj::object json;
  json["agent"] = approval.agent;
  const std::optional<auth::Session> session = auth::session_of(approval);
  if (!session) return json;
  if (!session->tenant.empty()) json["tenant"] = session->tenant;
  json["issuer"] = session->caller.issuer;
  if (const std::string* const subject = session->caller.attributes.single("subject"))
    json["subject"] = *subject;
  json["session"] = to_text(session->id);
  if (!session->cuts.empty()) json["grant"] = to_text(session->cuts.back().id);
  return json;
}

}  // namespace

bj::object to_json(const store::Approval& approval, TimePoint now) {
  bj::object json;
  json["id"] = to_text(approval.id);
  json["state"] = to_string(approval.state_at(now));
  json["rule"] = approval.rule;
  json["from"] = bj::array(approval.from.begin(), approval.from.end());
  json["operation"] = approval.operation;
  json["repository"] = approval.repository.shown();
  json["asked_by"] = asker(approval);
  json["asked_at"] = rfc3339(approval.created_at);
  json["expires_at"] = rfc3339(approval.expires_at);
  if (!approval.decided_at) return json;
  json["decided_by"] = approval.decided_by;
  if (!approval.decided_as.empty()) json["decided_as"] = approval.decided_as;
  json["decided_at"] = rfc3339(*approval.decided_at);
  if (!approval.reason.empty()) json["reason"] = approval.reason;
  return json;
}

bj::object to_json_with_parameters(const store::Approval& approval, TimePoint now) {
  bj::object json = to_json(approval, now);
  auto parameters = wire::parse_strict_json(approval.parameters, kMaxJsonDepth);
  json["params"] = parameters ? *std::move(parameters) : bj::value(nullptr);
  return json;
}

bj::object to_json(const auth::ApprovalPage& page, TimePoint now) {
  bj::array approvals;
  for (const store::Approval& approval : page.items()) approvals.push_back(to_json(approval, now));
  bj::object json;
  json["approvals"] = std::move(approvals);
  if (page.next_cursor()) json["next_cursor"] = *page.next_cursor();
  return json;
}

Result<std::string> parse_reason(std::string_view text) {
  if (text.empty()) return std::string();
  const Result<bj::object> body = parse_json(text, {"reason"});
  if (!body) return std::unexpected(body.error());
  if (!body->contains("reason")) return std::string();
  Result<std::string> reason = string_member(*body, "reason");
  if (!reason) return reason;
  if (reason->size() > auth::Approvals::kMaxReason || printable(*reason, reason->size()) != *reason) {
    return fail(ErrorCode::kInvalidRequest, "\"reason\" must be a line of at most " +
                                                std::to_string(auth::Approvals::kMaxReason) + " bytes");
  }
  return reason;
}

}  // namespace hubwarden::delivery
