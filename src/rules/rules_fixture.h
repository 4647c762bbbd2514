#pragma once

// Rules, callers and questions for tests, as short as they can be written.

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "rules/grant.h"

namespace hubwarden::rules {

using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline Caller caller_of(std::string issuer, Attributes attributes) {
  policy::Attributes all;
  for (const auto& [name, value] : attributes) HW_CHECK(all.add(name, value));
  return {std::move(issuer), std::move(all)};
}

inline Who who_of(std::string issuer, Attributes conditions) {
  std::vector<Who::Condition> all;
  for (const auto& [name, pattern] : conditions) {
    all.emplace_back(std::string(name), std::vector{*policy::Glob::parse(pattern)});
  }
  return *Who::make(std::move(issuer), std::move(all));
}

inline catalogue::OperationSet operations_of(const std::vector<std::string>& entries) {
  return *catalogue::OperationSet::parse(entries);
}

inline Allowance may_do(const std::vector<std::string>& operations) {
  Allowance allowance;
  allowance.operations = operations_of(operations);
  return allowance;
}
inline Allowance may_have(std::string_view permissions) {
  Allowance allowance;
  allowance.token = *policy::PermissionSet::parse(permissions);
  return allowance;
}

inline Rule rule_of(std::string name, Who who, const std::vector<std::string>& repositories,
                    std::vector<Allowance> may) {
  Rule rule(std::move(name), std::move(who));
  rule.repositories = *RepositoryPatterns::parse(repositories);
  rule.may = std::move(may);
  return rule;
}

inline policy::Repository repository(std::string_view name) {
  return *policy::Repository::parse(name);
}
inline Ask ask_to(std::string_view operation, std::vector<policy::Repository> repositories) {
  return {*catalogue::parse_operation_name(operation), std::move(repositories)};
}
inline Ask ask_to(std::string_view operation, std::string_view name) {
  return ask_to(operation, std::vector{repository(name)});
}
inline Ask ask_for(std::string_view permissions, std::string_view name) {
  return {*policy::PermissionSet::parse(permissions), {repository(name)}};
}

}  // namespace hubwarden::rules
