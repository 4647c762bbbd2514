#pragma once

// One thing that happened: who did what to what, and how it ended.
//
//   Event event(EventKind::kTokenDelivered, clock.now(), Actor(ActorKind::kWorkspace, "agent-7"));
//   event.repository = repository;
//   event.fingerprint = crypto::fingerprint(token);
//   ledger.record(std::move(event));
//
// No member holds a secret: a credential is its fingerprint, and texts lose whatever has the shape of a token
// when they are written (body_text.h). A value; what is not said of an event is absent from its line.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "crypto/fingerprint.h"
#include "policy/host_name.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "policy/workspace_id.h"
#include "store/handle.h"

namespace hubwarden::ledger {

// Released names never change and are never used for anything else.
enum class EventKind {
  kApprovalAsked,
  kApprovalDecided,
  kConfigurationChanged,
  kDecision,  // what policy said to a caller; the outcome is what it was answered
  kFallbackUsed,
  kGrantMade,
  kHandleIssued,
  kMint,
  kOperation,    // a call to GitHub for a caller: done, refused or failed
  kPolicyTrial,  // what the policy on trial would have said otherwise
  kRefresh,      // a mint that replaces a token which still lives
  kRevocation,
  kSessionOpened,
  kSessionRenewed,
  kTokenDelivered,
  kWorkspaceChanged,
};
std::string_view to_string(EventKind kind);  // "token_delivered"
std::optional<EventKind> parse_event_kind(std::string_view text);

enum class ActorKind { kAdmin, kHandle, kHubwarden, kPerson, kWorkload, kWorkspace };
std::string_view to_string(ActorKind kind);  // "workspace"
std::optional<ActorKind> parse_actor_kind(std::string_view text);

struct Actor {
  explicit Actor(ActorKind who, std::string named = "") : kind(who), subject(std::move(named)) {}

  ActorKind kind;
  std::string subject;  // who of them: a workspace's id, a handle's, a workload's verified subject

  friend bool operator==(const Actor&, const Actor&) = default;
};

struct Event {
  Event(EventKind what, TimePoint when, Actor who) : kind(what), at(when), actor(std::move(who)) {}

  EventKind kind;
  TimePoint at;  // written in whole microseconds
  Actor actor;
  std::optional<ErrorCode> error;        // nothing: it went well
  std::uint64_t times = 1;               // alike and close together, told as one
  std::optional<Duration> duration;      // written in whole microseconds
  std::optional<std::uint64_t> session;  // the value of its id
  std::optional<policy::WorkspaceId> workspace;
  std::optional<store::HandleId> handle;
  std::optional<policy::HostName> host;
  std::optional<policy::Repository> repository;
  std::optional<policy::PermissionSet> permissions;  // of the token
  std::optional<crypto::Fingerprint> fingerprint;    // of the token
  // Texts: cut at kMaxText bytes. Empty: absent.
  std::string agent;
  std::string rule;
  std::string operation;  // GitHub's operation id
  std::string about;      // what a change, a revocation or a decision was about, in a word or two
  std::string request_id;
  std::string github_request_id;

  // A subject of Kubernetes or of a CI fits; more is no name any more.
  static constexpr std::size_t kMaxText = 256;

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace hubwarden::ledger
