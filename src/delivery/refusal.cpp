#include "delivery/refusal.h"

#include <algorithm>
#include <string>

namespace hubwarden::delivery {
namespace {

using rules::Ask;
using rules::Decision;
using rules::Missing;

std::string shown(const rules::Wanted& wanted) {
  if (const auto* const named = std::get_if<catalogue::Named>(&wanted)) return std::string(named->name());
  if (const auto* const permissions = std::get_if<policy::PermissionSet>(&wanted)) {
    return "permissions " + permissions->text();
  }
  return "a token";
}

std::string shown(const std::vector<policy::Repository>& repositories) {
  if (repositories.empty()) return "all repositories";
  if (repositories.size() == 1) return repositories.front().shown();
  return std::to_string(repositories.size()) + " repositories together, " + repositories.front().shown() +
         " among them";
}

// The first that the caller's credential is not for; null if that is not what is wrong.
const policy::Repository* outsider(const Ask& ask, const auth::Principal& who) {
  const auto own = who.repositories();
  if (own.empty()) return nullptr;
  const auto found = std::ranges::find_if(ask.repositories, [own](const policy::Repository& repository) {
    return std::ranges::find(own, repository) == own.end();
  });
  return found == ask.repositories.end() ? nullptr : &*found;
}

Error outside_the_credential(const Ask& ask, const auth::Principal& who) {
  if (const policy::Repository* const repository = outsider(ask, who)) {
    return Error(ErrorCode::kForbidden,
                 "repository " + repository->shown() + " is not among those of this credential");
  }
  const bool is_operation = std::holds_alternative<catalogue::Named>(ask.wanted);
  return is_operation
             ? Error(ErrorCode::kOperationNotAllowed,
                     shown(ask.wanted) + " is not among the operations of this credential")
             : Error(ErrorCode::kForbidden, shown(ask.wanted) + " is more than this credential is for");
}

Error without_a_rule(const Decision& decision, const Ask& ask) {
  const bool is_operation = std::holds_alternative<catalogue::Named>(ask.wanted);
  if (!is_operation) {
    return Error(ErrorCode::kForbidden,
                 "rule \"" + decision.rule + "\" hands out no token" +
                     (decision.missing == Missing::kPermission ? " with " + shown(ask.wanted) : ""));
  }
  const std::string why = decision.rule.empty()
                              ? " is not among the operations that this hubwarden is configured for "
                                "(operations.allow)"
                              : " is not among the operations of rule \"" + decision.rule + "\"";
  return Error(ErrorCode::kOperationNotAllowed, shown(ask.wanted) + why);
}

}  // namespace

Error refusal(const Decision& decision, const Ask& ask, const auth::Principal& who) {
  if (decision.verdict == rules::Verdict::kConsent) {
    return Error(ErrorCode::kForbidden,
                 "rule \"" + decision.rule + "\" wants a person's consent to " + shown(ask.wanted));
  }
  switch (decision.missing) {
    case Missing::kNarrowing: return outside_the_credential(ask, who);
    case Missing::kPermission:
    case Missing::kOperation: return without_a_rule(decision, ask);
    case Missing::kRepository:
      return Error(ErrorCode::kForbidden, "no rule for you is about " + shown(ask.repositories));
    case Missing::kNothing:
    case Missing::kRule: break;
  }
  return Error(ErrorCode::kForbidden, "no rule is for you");
}

}  // namespace hubwarden::delivery
