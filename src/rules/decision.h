#pragma once

// What is asked of a grant, and what it says to it.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "catalogue/names.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "rules/rule.h"

namespace hubwarden::rules {

// A token with every permission that may be had.
struct AllPermissions {
  friend bool operator==(const AllPermissions&, const AllPermissions&) = default;
};

// An operation is done for the caller; a token is handed out.
using Wanted = std::variant<catalogue::Named, policy::PermissionSet, AllPermissions>;

struct Ask {
  Ask(Wanted wanted_, std::vector<policy::Repository> repositories_)
      : wanted(std::move(wanted_)), repositories(std::move(repositories_)) {}

  Wanted wanted;
  // One rule must allow it for all of them. None would be all that there are: for who may reach those.
  std::vector<policy::Repository> repositories;
};

enum class Verdict { kAllow, kConsent, kRefuse };

// What was missing, from the nearest to the farthest.
enum class Missing {
  kNothing,
  kPermission,  // the rule hands out tokens, but not with that
  kOperation,   // the rule is about the repository, but not for that
  kRepository,  // no rule of the caller's is about it
  kRule,        // no rule is for the caller
  kNarrowing,   // the caller's credential was narrowed below its rules
};

// What of an ask a narrowing has taken away, the first of these.
enum class TakenAway { kNothing, kRepository, kOperation, kPermission };

std::string_view to_string(Verdict verdict);  // "allow"
std::string_view to_string(Missing missing);  // "operation"; "" for nothing
std::optional<Missing> parse_missing(std::string_view text);

struct Decision {
  Verdict verdict = Verdict::kRefuse;
  Missing missing = Missing::kRule;  // of a refusal
  std::string rule;                  // that allows it, or came closest; empty: none
  // Of a token: what it may have. Nothing: all that the App has.
  std::optional<policy::PermissionSet> token;
  // Of the rule, unless it refuses.
  Limits limits;
  std::optional<Duration> ttl;
  std::optional<Consent> consent;  // of kConsent
};

}  // namespace hubwarden::rules
