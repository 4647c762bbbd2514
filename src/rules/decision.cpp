#include "rules/decision.h"

#include "base/check.h"

namespace hubwarden::rules {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow: return "allow";
    case Verdict::kConsent: return "consent";
    case Verdict::kRefuse: return "refuse";
  }
  HW_CHECK(false);
}

std::string_view to_string(Missing missing) {
  switch (missing) {
    case Missing::kNothing: return "";
    case Missing::kPermission: return "permission";
    case Missing::kOperation: return "operation";
    case Missing::kRepository: return "repository";
    case Missing::kRule: return "rule";
    case Missing::kNarrowing: return "narrowing";
  }
  HW_CHECK(false);
}

std::optional<Missing> parse_missing(std::string_view text) {
  for (const Missing missing : {Missing::kPermission, Missing::kOperation, Missing::kRepository,
                                Missing::kRule, Missing::kNarrowing}) {
    if (to_string(missing) == text) return missing;
  }
  return std::nullopt;
}

}  // namespace hubwarden::rules
