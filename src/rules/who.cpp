#include "rules/who.h"

#include <algorithm>

namespace hubwarden::rules {

bool Who::Condition::holds(const policy::Attributes& attributes) const {
  return std::ranges::any_of(attributes.values(attribute), [&](const std::string& value) {
    return std::ranges::any_of(
        patterns, [&](const policy::Glob& pattern) { return pattern.matches(value, attributes); });
  });
}

Result<Who> Who::make(std::string issuer, std::vector<Condition> conditions) {
  if (issuer.empty()) return fail(ErrorCode::kInvalidRequest, "`who` must name the issuer that vouches");
  for (auto condition = conditions.begin(); condition != conditions.end(); ++condition) {
    if (condition->patterns.empty()) {
      return fail(ErrorCode::kInvalidRequest, "\"" + condition->attribute + "\" has no pattern");
    }
    const auto same =
        std::ranges::find(conditions.begin(), condition, condition->attribute, &Condition::attribute);
    if (same != condition) {
      return fail(ErrorCode::kInvalidRequest, "\"" + condition->attribute + "\" stands twice");
    }
  }
  return Who(std::move(issuer), std::move(conditions));
}

bool Who::matches(const Caller& caller) const {
  return caller.issuer == issuer_ && std::ranges::all_of(conditions_, [&](const Condition& condition) {
           return condition.holds(caller.attributes);
         });
}

}  // namespace hubwarden::rules
