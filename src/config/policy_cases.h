#pragma once

// What a policy is meant to say, written down as cases: who may do what, and who may not.
//
//   version: 1
//   callers:
//     - who: {issuer: cluster-a, namespace: agents, service_account: review-1}
//       may:
//         - {operation: pulls/get, repository: acme/widgets, rule: review-bots}
//       may_with_consent:
//         - {operation: checks/create, repository: acme/widgets}
//       may_not:
//         - {token: {contents: write}, repository: [acme/widgets, acme/gadgets], missing: permission}
//
// `rule` and `missing` may be left out: they say which rule decides, or comes closest, and what is missing.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/policy.h"
#include "config/problem.h"
#include "rules/grant.h"

namespace hubwarden::config {

struct PolicyCase {
  PolicyCase(Origin origin_, rules::Caller caller_, rules::Ask ask_, rules::Verdict expected_)
      : origin(std::move(origin_)), caller(std::move(caller_)), ask(std::move(ask_)), expected(expected_) {}

  Origin origin;
  rules::Caller caller;
  rules::Ask ask;
  rules::Verdict expected;
  std::string rule;                       // empty: whichever
  std::optional<rules::Missing> missing;  // of a refusal; nothing: whatever
};

// All problems, each with its line. An issuer that is none of `issuers` is one: a case that refuses would
// hold for ever.
std::expected<std::vector<PolicyCase>, std::vector<Problem>> parse_policy_cases(
    std::string_view text, const std::string& source, const std::vector<Issuer>& issuers);

// What is decided instead of what was expected; nothing if that is the same.
std::optional<std::string> failure_of(const PolicyCase& policy_case,
                                      const std::shared_ptr<const rules::RuleBook>& book);

// "pulls/get on acme/widgets"
std::string text_of(const rules::Ask& ask);
// "allow by review-bots", "refuse (operation) near review-bots"
std::string text_of(const rules::Decision& decision);

}  // namespace hubwarden::config
