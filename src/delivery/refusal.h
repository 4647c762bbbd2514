#pragma once

// A decision that does not allow, as the error that its caller is given.

#include "base/error.h"
#include "rules/explanation.h"

namespace hubwarden::delivery {

inline Error refusal(const rules::Grant& grant, const rules::Ask& ask, const rules::Decision& decision) {
  const rules::Explanation why = rules::explain(grant, ask, decision);
  return Error(why.code.value_or(ErrorCode::kForbidden), why.message).with_fix(why.fix);
}

}  // namespace hubwarden::delivery
