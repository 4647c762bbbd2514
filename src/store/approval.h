#pragma once

// What is kept of a question to a person, as a plain value: who wants to do what, and what came of it. The
// session and the parameters are texts here, which the layers above write and read.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "crypto/digest.h"
#include "policy/names.h"

namespace hubwarden::store {

// Random, safe to show, written as 16 hexadecimal digits.
using ApprovalId = Id<struct ApprovalTag>;
std::string to_text(ApprovalId id);
Result<ApprovalId> parse_approval_id(std::string_view text);

// pending → approved → used; pending → denied; pending or approved → expired.
enum class ApprovalState { kPending, kApproved, kDenied, kUsed, kExpired };
std::string_view to_string(ApprovalState state);  // "pending"
std::optional<ApprovalState> parse_approval_state(std::string_view text);

struct Approval {
  // The rest is filled in by who asks; of what is not decided yet it is empty.
  Approval(ApprovalId name, policy::Repository about, const crypto::Digest& asked)
      : id(name), request(asked), repository(std::move(about)) {}

  ApprovalId id;
  std::string holder;      // whose retry goes through: "session 0123456789abcdef"
  std::string key;         // the Idempotency-Key; a holder has one question under each
  crypto::Digest request;  // of what GitHub would be asked: the retry is the same
  std::string agent;
  std::string session;            // all that is known of the holder, as JSON; no credential
  std::string rule;               // that asks for the consent
  std::vector<std::string> from;  // the groups of operators that it names
  policy::Repository repository;
  std::string operation;
  std::string parameters;  // JSON
  Duration ttl{};          // so long the question stands, and then the answer
  TimePoint created_at;    // times are kept in whole microseconds
  TimePoint expires_at;    // of the question; once it is approved, of the answer
  ApprovalState state = ApprovalState::kPending;
  std::string decided_by;
  std::string decided_as;  // the group for which; empty: the operator's credential
  std::string reason;
  std::optional<TimePoint> decided_at;

  // Nobody needs to have noted that its time is over.
  ApprovalState state_at(TimePoint now) const {
    const bool stands = state == ApprovalState::kPending || state == ApprovalState::kApproved;
    return stands && now >= expires_at ? ApprovalState::kExpired : state;
  }

  friend bool operator==(const Approval&, const Approval&) = default;
};

}  // namespace hubwarden::store
