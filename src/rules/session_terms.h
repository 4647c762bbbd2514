#pragma once

// What the rules of a caller say of its session.
//
//   Result<SessionGift> gift = session_of(grant);
//   gift->ttl, gift->agent, gift->tenant

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "rules/grant.h"

namespace hubwarden::rules {

struct SessionGift {
  Duration ttl = kUsualTtl;
  std::string agent;   // the subject, unless a rule says otherwise
  std::string tenant;  // empty: none

  static constexpr Duration kUsualTtl = std::chrono::minutes(15);
};

// The shortest of their times. `forbidden` if no rule is for the caller, if two of them say different things,
// or one names an attribute that the caller has not.
Result<SessionGift> session_of(const Grant& grant);

}  // namespace hubwarden::rules
