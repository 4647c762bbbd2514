#pragma once

// What a refused caller is told: what it asked for, the rule that came closest, what was missing. Never what
// else there may be.
//
//   const rules::Decision decision = grant.decide(ask);
//   if (decision.verdict == rules::Verdict::kRefuse) return std::unexpected(refusal(decision, ask, who));

#include "auth/principal.h"
#include "base/error.h"
#include "rules/decision.h"

namespace hubwarden::delivery {

// `operation_not_allowed` when it is for the operation, `forbidden` for the rest.
Error refusal(const rules::Decision& decision, const rules::Ask& ask, const auth::Principal& who);

}  // namespace hubwarden::delivery
