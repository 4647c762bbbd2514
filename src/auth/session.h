#pragma once

// A session: what a verified workload has been given, until it ends. It travels whole in its token, so that
// every replica knows it without asking anybody.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "rules/caller.h"

namespace hubwarden::auth {

// Random, safe to show, written as 16 hexadecimal digits: what a session is revoked by.
using SessionId = Id<struct SessionTag>;
std::string to_text(SessionId id);
Result<SessionId> parse_session_id(std::string_view text);

struct Session {
  Session(SessionId id_, rules::Caller caller_) : id(id_), caller(std::move(caller_)) {}

  SessionId id;
  rules::Caller caller;  // the issuer that vouched, and for what
  std::string agent;     // whose it is, for logs and limits
  std::string tenant;    // empty: none
  TimePoint issued_at;
  TimePoint expires_at;
  TimePoint renewable_until;  // the workload's own credential ends then

  // Times in whole seconds.
  friend bool operator==(const Session& a, const Session& b) {
    return a.id == b.id && a.caller.issuer == b.caller.issuer && a.caller.attributes == b.caller.attributes &&
           a.agent == b.agent && a.tenant == b.tenant && a.issued_at == b.issued_at &&
           a.expires_at == b.expires_at && a.renewable_until == b.renewable_until;
  }
};

}  // namespace hubwarden::auth
