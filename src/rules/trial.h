#pragma once

// What a policy on trial would have answered, beside what was answered. Pure.
//
//   const Decision trial = grant.under(book).decide(ask);
//   if (const Difference what = difference(present, trial); what != Difference::kNone) …

#include <string_view>

#include "base/error.h"
#include "rules/decision.h"
#include "rules/session_terms.h"

namespace hubwarden::rules {

enum class Difference {
  kNone,
  kWouldAllow,
  kWouldAsk,  // a person
  kWouldRefuse,
  kWouldDiffer,  // allowed by both, but not the same
};

std::string_view to_string(Difference difference);  // "would_refuse"; "none"

// Of an operation or a token: by the verdict; and what the token may do and how long it lives.
Difference difference(const Decision& present, const Decision& trial);
// Of a session: whether there is one, whose it is, and for how long.
Difference difference(const Result<SessionGift>& present, const Result<SessionGift>& trial);

}  // namespace hubwarden::rules
