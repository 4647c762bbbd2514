#include "auth/approval_checks.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "rules/explanation.h"

namespace hubwarden::auth {
namespace {

using store::Approval;
using store::ApprovalState;

constexpr std::size_t kMaxName = 300;  // of a person, in a record and in a sentence

std::string decision_of(const Approval& approval) {
  const bool is_no = approval.state == ApprovalState::kDenied;
  std::string text = std::string(is_no ? "denied" : "approved") + " by " + approval.decided_by;
  if (approval.decided_at) text += " at " + rfc3339(*approval.decided_at);
  return text;
}

std::unexpected<Error> over(const Approval& approval) {
  return fail(ErrorCode::kGone, "the time of approval " + to_text(approval.id) + " was over at " +
                                    rfc3339(approval.expires_at) +
                                    "; ask again with another Idempotency-Key");
}

std::unexpected<Error> denied(const Approval& approval) {
  const std::string why = approval.reason.empty() ? "" : ": " + approval.reason;
  return fail(ErrorCode::kForbidden, "rule \"" + approval.rule +
                                         "\" allows it with consent alone, which was " +
                                         decision_of(approval) + why);
}

std::unexpected<Error> not_any_more(const std::string& why) {
  return fail(ErrorCode::kConflict, "this cannot be approved any more: " + why);
}

}  // namespace

bool may_see(const ApprovalReader& reader, const Approval& approval) {
  if (const auto* const person = std::get_if<Person>(&reader))
    return group_of(*person, approval.from).has_value();
  if (const auto* const session = std::get_if<SessionPtr>(&reader))
    return (*session)->name() == approval.holder;
  return true;
}

Result<> may_go_on(const Approval& asked, const crypto::Digest& request, TimePoint now) {
  if (asked.request != request) {
    return fail(ErrorCode::kConflict, "this Idempotency-Key was used for another request");
  }
  switch (asked.state_at(now)) {
    case ApprovalState::kDenied: return denied(asked);
    case ApprovalState::kExpired: return over(asked);
    case ApprovalState::kPending:
    case ApprovalState::kApproved:
    case ApprovalState::kUsed: break;
  }
  return {};
}

Result<> is_open(const Approval& approval, TimePoint now) {
  const ApprovalState state = approval.state_at(now);
  if (state == ApprovalState::kPending) return {};
  if (state == ApprovalState::kExpired) return over(approval);
  return fail(ErrorCode::kConflict,
              "approval " + to_text(approval.id) + " was " + decision_of(approval) + " already");
}

Result<> may_decide(const ApprovalReader& reader, const Approval& approval) {
  if (std::holds_alternative<SessionPtr>(reader)) {
    return fail(ErrorCode::kForbidden, "a session decides nothing; a person does");
  }
  const auto* const person = std::get_if<Person>(&reader);
  if (person == nullptr) return {};
  const std::optional<Session> asking = session_of(approval);
  if (!asking) return fail(ErrorCode::kInternal, "the record of the session that asked is damaged");
  const std::string* const subject = asking->caller.attributes.single("subject");
  // A subject that is no attribute is nobody's that can be told apart: never taken for another.
  const bool is_same = asking->caller.issuer == person->issuer && (!subject || *subject == person->subject);
  if (!is_same) return {};
  return fail(ErrorCode::kForbidden, "who asks for consent cannot give it");
}

Result<std::string> consenting_group(const ApprovalReader& reader, const Approval& approval,
                                     const Sessions& sessions) {
  std::optional<Session> asking = session_of(approval);
  if (!asking) return fail(ErrorCode::kInternal, "the record of the session that asked is damaged");
  const Result<SessionPtr> who = sessions.revive(*std::move(asking));
  if (!who) return not_any_more(who.error().message());
  const Result<catalogue::Named> named = catalogue::parse_operation_name(approval.operation);
  if (!named) return not_any_more(named.error().message());
  const rules::Ask ask(*named, {approval.repository});
  const rules::Grant grant = (*who)->grant(*sessions.authority());
  const rules::Decision decision = grant.decide(ask);
  if (decision.verdict == rules::Verdict::kRefuse)
    return not_any_more(rules::explain(grant, ask, decision).message);
  const auto* const person = std::get_if<Person>(&reader);
  if (person == nullptr) return std::string();
  std::optional<std::string> group =
      group_of(*person, decision.consent ? decision.consent->from : approval.from);
  if (!group) return not_any_more("rule \"" + decision.rule + "\" asks others for consent by now");
  return *std::move(group);
}

std::string denying_group(const ApprovalReader& reader, const Approval& approval) {
  const auto* const person = std::get_if<Person>(&reader);
  if (person == nullptr) return "";
  return group_of(*person, approval.from).value_or("");
}

Result<> still_counts(const Approval& approval, const rules::Decision& decision) {
  if (approval.decided_as.empty() || !decision.consent) return {};
  const std::vector<std::string>& asked = decision.consent->from;
  if (std::ranges::find(asked, approval.decided_as) != asked.end()) return {};
  return fail(ErrorCode::kForbidden, "rule \"" + decision.rule + "\" asks others for consent than " +
                                         approval.decided_as +
                                         " by now; ask again with another Idempotency-Key");
}

std::string name_of(const ApprovalReader& reader) {
  const auto* const person = std::get_if<Person>(&reader);
  if (person == nullptr) return "admin";
  return printable(person->subject, kMaxName) + " (" + person->issuer + ")";
}

}  // namespace hubwarden::auth
