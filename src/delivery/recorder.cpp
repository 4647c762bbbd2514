#include "delivery/recorder.h"

#include <string>
#include <utility>

#include "auth/handle_principal.h"
#include "auth/workspace_principal.h"

namespace hubwarden::delivery {
namespace {

using auth::PrincipalKind;
using ledger::Actor;
using ledger::ActorKind;
using ledger::Event;
using ledger::EventKind;

// What the session's issuer vouched for.
Actor workload(const auth::Session& session) {
  const std::string* const subject = session.caller.attributes.single("subject");
  return Actor(ActorKind::kWorkload, subject != nullptr ? *subject : session.agent);
}

void note(Event& event, const auth::Session& session) {
  event.session = session.id.value();
  event.agent = session.agent;
  if (!session.cuts.empty()) event.about = "grant " + to_text(session.cuts.back().id);
}

}  // namespace

Event Recorder::event(EventKind kind, const auth::Principal& who, const http::Request& request) const {
  Event event(kind, clock_.now(), Actor(ActorKind::kAdmin));
  switch (who.kind()) {
    case PrincipalKind::kOperator: break;
    case PrincipalKind::kWorkspace: {
      const policy::WorkspaceId& id = static_cast<const auth::WorkspacePrincipal&>(who).id();
      event.actor = Actor(ActorKind::kWorkspace, id.text());
      event.workspace = id;
      break;
    }
    case PrincipalKind::kSession: event.actor = workload(*who.session()); break;
    case PrincipalKind::kHandle: {
      const store::HandleId id = static_cast<const auth::HandlePrincipal&>(who).id();
      event.actor = Actor(ActorKind::kHandle, to_text(id));
      event.handle = id;
      break;
    }
  }
  if (const auth::Session* const session = who.session()) note(event, *session);
  event.request_id = request.id();
  return event;
}

Event Recorder::event_of_operator(EventKind kind, const http::Request& request) const {
  Event event(kind, clock_.now(), Actor(ActorKind::kAdmin));
  event.request_id = request.id();
  return event;
}

Event Recorder::event(EventKind kind, const auth::Session& session, const http::Request& request) const {
  Event event(kind, clock_.now(), workload(session));
  note(event, session);
  event.request_id = request.id();
  return event;
}

net::Task<Result<>> Recorder::record_before(Event event) const {
  if (!is_required_) {
    ledger_.record(std::move(event));
    co_return Result<>();
  }
  net::Task<Result<>> recording = ledger_.record_durably(std::move(event));
  Result<> recorded = co_await std::move(recording);
  co_return recorded;
}

}  // namespace hubwarden::delivery
