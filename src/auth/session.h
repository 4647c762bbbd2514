#pragma once

// A session: what a verified workload has been given, until it ends. It travels whole in its token, so that
// every replica knows it without asking anybody.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "policy/budget_limits.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "rules/caller.h"

namespace hubwarden::auth {

// Random, safe to show, written as 16 hexadecimal digits: what a session is revoked by.
using SessionId = Id<struct SessionTag>;
std::string to_text(SessionId id);
Result<SessionId> parse_session_id(std::string_view text);

// Random, safe to show, written like a session's: what a cut is known by in the log and the ledger.
using CutId = Id<struct CutTag>;
std::string to_text(CutId id);
Result<CutId> parse_cut_id(std::string_view text);

// What was cut from a session, or from a cut of it, for somebody who needs less: a narrower credential.
struct Cut {
  explicit Cut(CutId id_) : id(id_) {}

  CutId id;
  std::vector<policy::Repository> repositories;  // at most kMaxRepositories; never none
  std::vector<std::string> operations;           // entries of an OperationSet, at most kMaxOperations
  std::optional<policy::PermissionSet> token;    // nothing: it has no tokens
  std::optional<policy::BudgetLimits> budget;
  TimePoint ends_at;

  // A credential that travels in a header has no room for more.
  static constexpr std::size_t kMaxRepositories = 50;
  static constexpr std::size_t kMaxOperations = 50;

  friend bool operator==(const Cut&, const Cut&) = default;
};

struct Session {
  Session(SessionId id_, rules::Caller caller_) : id(id_), caller(std::move(caller_)) {}

  SessionId id;
  rules::Caller caller;  // the issuer that vouched, and for what
  std::string agent;     // whose it is, for logs and limits
  std::string tenant;    // empty: none
  TimePoint issued_at;
  TimePoint expires_at;
  TimePoint renewable_until;  // the workload's own credential ends then
  std::vector<Cut> cuts;      // each from the one before; empty: it is the session itself

  // Of a grant, as of a handle: a credential that nobody misses is the one that leaks. A session is shorter.
  static constexpr Duration kMaxLife = std::chrono::hours(24 * 30);
  // An agent, its helper, its helper's tool.
  static constexpr std::size_t kMaxCuts = 4;

  // Times in whole seconds.
  friend bool operator==(const Session& a, const Session& b) {
    return a.id == b.id && a.caller.issuer == b.caller.issuer && a.caller.attributes == b.caller.attributes &&
           a.agent == b.agent && a.tenant == b.tenant && a.issued_at == b.issued_at &&
           a.expires_at == b.expires_at && a.renewable_until == b.renewable_until && a.cuts == b.cuts;
  }
};

}  // namespace hubwarden::auth
