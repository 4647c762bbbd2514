#pragma once

// A decision in words, for the caller whom it is about.
//
//   const Decision decision = grant.decide(ask);
//   const Explanation why = explain(grant, ask, decision);
//   why.message    // rule "review-bots" is about acme/widgets, but not for issues/create
//
// It names the caller's own rules and what the caller itself has asked for, and nothing else: not which other
// rules there are, whom they are for, or which patterns keep a repository from it. What an operator may know
// besides is in near_miss.h. Pure; for answers that refuse, not for every request.

#include <optional>
#include <string>

#include "base/error.h"
#include "rules/grant.h"

namespace hubwarden::rules {

struct Explanation {
  Verdict verdict = Verdict::kRefuse;
  std::optional<ErrorCode> code;  // of a refusal
  Missing missing = Missing::kNothing;
  std::string rule;          // that decides, or came closest; empty: none
  std::string message;       // a sentence
  Fix fix = Fix::kOperator;  // who can change it: the caller by asking otherwise, or the operator
};

Explanation explain(const Grant& grant, const Ask& ask, const Decision& decision);

}  // namespace hubwarden::rules
