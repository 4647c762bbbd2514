#include "delivery/identity/approval_news.h"

#include <string>
#include <utility>

#include "delivery/identity/approval_json.h"

namespace hubwarden::delivery {
namespace {

using ledger::Actor;
using ledger::ActorKind;
using ledger::Event;
using ledger::EventKind;
using store::Approval;
using store::ApprovalState;

EventKind kind_of(ApprovalState state) {
  if (state == ApprovalState::kPending) return EventKind::kApprovalAsked;
  return state == ApprovalState::kUsed ? EventKind::kDecision : EventKind::kApprovalDecided;
}

std::optional<ErrorCode> outcome_of(ApprovalState state) {
  if (state == ApprovalState::kDenied) return ErrorCode::kForbidden;
  if (state == ApprovalState::kExpired) return ErrorCode::kGone;
  return std::nullopt;
}

Actor actor_of(const Approval& approval, const std::optional<auth::Session>& asking) {
  switch (approval.state) {
    case ApprovalState::kExpired: return Actor(ActorKind::kHubwarden);
    case ApprovalState::kApproved:
    case ApprovalState::kDenied:
      return approval.decided_as.empty() ? Actor(ActorKind::kAdmin)
                                         : Actor(ActorKind::kPerson, approval.decided_by);
    case ApprovalState::kPending:
    case ApprovalState::kUsed: break;
  }
  const std::string* const subject = asking ? asking->caller.attributes.single("subject") : nullptr;
  return Actor(ActorKind::kWorkload, subject != nullptr ? *subject : approval.agent);
}

Event event_of(const Approval& approval, TimePoint now, std::string_view request_id) {
  const std::optional<auth::Session> asking = auth::session_of(approval);
  Event event(kind_of(approval.state), now, actor_of(approval, asking));
  event.error = outcome_of(approval.state);
  if (asking) event.session = asking->id.value();
  event.agent = approval.agent;
  event.rule = approval.rule;
  event.repository = approval.repository;
  event.operation = approval.operation;
  event.about = "approval " + to_text(approval.id) + " " + std::string(to_string(approval.state));
  const bool is_decision =
      approval.state == ApprovalState::kApproved || approval.state == ApprovalState::kDenied;
  if (is_decision && !approval.reason.empty()) event.about += ": " + approval.reason;
  event.request_id = request_id;
  return event;
}

}  // namespace

ApprovalNews::ApprovalNews(Parts parts)
    : parts_(parts),
      changes_(parts.metrics.counters("hubwarden_approvals_total",
                                      "Questions to persons, by what they have become",
                                      {{"state", {"pending", "approved", "denied", "used", "expired"}}})) {
}

void ApprovalNews::changed(const Approval& approval, std::string_view request_id) {
  const TimePoint now = parts_.clock.now();
  changes_.at(approval.state).add();
  parts_.ledger.record(event_of(approval, now, request_id));
  const std::string id = to_text(approval.id);
  parts_.log.info("approval.changed", {{"approval", std::string_view(id)},
                                       {"state", to_string(approval.state)},
                                       {"rule", std::string_view(approval.rule)},
                                       {"operation", std::string_view(approval.operation)},
                                       {"repository", approval.repository.shown()},
                                       {"agent", std::string_view(approval.agent)},
                                       {"by", std::string_view(approval.decided_by)},
                                       obs::request_id(request_id)});
  const bool is_told = approval.state == ApprovalState::kPending ||
                       approval.state == ApprovalState::kApproved || approval.state == ApprovalState::kDenied;
  if (is_told) parts_.webhook.send(to_string(approval.state), to_json(approval, now));
}

}  // namespace hubwarden::delivery
