#include "rules/trial.h"

#include "base/check.h"

namespace hubwarden::rules {

std::string_view to_string(Difference difference) {
  switch (difference) {
    case Difference::kNone: return "none";
    case Difference::kWouldAllow: return "would_allow";
    case Difference::kWouldAsk: return "would_ask";
    case Difference::kWouldRefuse: return "would_refuse";
    case Difference::kWouldDiffer: return "would_differ";
  }
  HW_CHECK(false);
}

Difference difference(const Decision& present, const Decision& trial) {
  if (present.verdict == trial.verdict) {
    const bool is_same = present.token == trial.token && present.ttl == trial.ttl;
    return is_same || present.verdict == Verdict::kRefuse ? Difference::kNone : Difference::kWouldDiffer;
  }
  switch (trial.verdict) {
    case Verdict::kAllow: return Difference::kWouldAllow;
    case Verdict::kConsent: return Difference::kWouldAsk;
    case Verdict::kRefuse: return Difference::kWouldRefuse;
  }
  HW_CHECK(false);
}

Difference difference(const Result<SessionGift>& present, const Result<SessionGift>& trial) {
  if (!present && !trial) return Difference::kNone;
  if (!present) return Difference::kWouldAllow;
  if (!trial) return Difference::kWouldRefuse;
  const bool is_same =
      present->agent == trial->agent && present->tenant == trial->tenant && present->ttl == trial->ttl;
  return is_same ? Difference::kNone : Difference::kWouldDiffer;
}

}  // namespace hubwarden::rules
