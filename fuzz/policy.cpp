// A policy's file: whatever stands in it, there is a policy or a problem with a line, and what there is
// decides.

#include <array>
#include <string>

#include "base/check.h"
#include "catalogue/names.h"
#include "config/policy_cases.h"
#include "config/policy_diff.h"
#include "fuzz/target.h"
#include "rules/explanation.h"
#include "rules/near_miss.h"
#include "rules/session_terms.h"

namespace hubwarden::fuzz {
namespace {

using config::Policy;

policy::Repository repository(std::string_view name) {
  return policy::Repository::parse(name).value();
}

std::vector<rules::Ask> asks() {
  std::vector<rules::Ask> all;
  for (const std::string_view name : {"acme/widgets", "acme/secrets-prod"}) {
    all.emplace_back(catalogue::parse_operation_name("issues/create").value(), std::vector{repository(name)});
    all.emplace_back(policy::PermissionSet::parse("contents:read").value(), std::vector{repository(name)});
  }
  all.emplace_back(catalogue::parse_operation_name("create_issue").value(),
                   std::vector{repository("acme/widgets"), repository("other/x")});
  all.emplace_back(catalogue::parse_operation_name("repos/delete").value(),
                   std::vector<policy::Repository>());
  return all;
}

// One of each issuer, with the attributes that patterns name most.
rules::Caller caller_of(const std::string& issuer) {
  policy::Attributes attributes;
  for (const auto& [name, value] :
       {std::pair("subject", "s"), std::pair("namespace", "agents"), std::pair("service_account", "review-1"),
        std::pair("repository", "acme/widgets"), std::pair("groups", "a"), std::pair("groups", "b")}) {
    HW_CHECK(attributes.add(name, value));
  }
  return {issuer, std::move(attributes)};
}

void ask(const Policy& policy, const std::string& issuer) {
  const rules::Caller caller = caller_of(issuer);
  const rules::Grant grant = rules::Grant::of(policy.rules, caller);
  const Result<rules::SessionGift> gift = rules::session_of(grant);
  HW_CHECK(!gift || !gift->agent.empty());
  for (const rules::Ask& each : asks()) {
    const rules::Decision decision = grant.decide(each);
    const bool is_refused = decision.verdict == rules::Verdict::kRefuse;
    HW_CHECK(is_refused || !decision.rule.empty());
    HW_CHECK(is_refused || !grant.rules().empty());
    HW_CHECK(is_refused || !each.repositories.empty());
    HW_CHECK(is_refused || rules::kept_by_ceiling(*policy.rules, each).empty());
    HW_CHECK(!rules::explain(grant, each, decision).message.empty());
    for (const rules::NearMiss& near : rules::near_misses(*policy.rules, caller, each, 3)) {
      HW_CHECK(!near.lacks.empty());
    }
  }
}

}  // namespace

// Two texts: a policy, and cases for it.
void target(std::string_view bytes) {
  const std::string_view text = take_text(bytes);
  const auto policy = config::parse_policy(text, "policy.yaml");
  if (!policy) {
    HW_CHECK(!policy.error().empty());
    for (const config::Problem& problem : policy.error()) HW_CHECK(!problem.text().empty());
    return;
  }
  HW_CHECK(policy->rules != nullptr);
  ask(*policy, "nobody");
  for (const config::Issuer& issuer : policy->issuers) ask(*policy, issuer.name);
  HW_CHECK(config::differences(*policy, *policy).empty());
  const auto cases = config::parse_policy_cases(take_text(bytes), "cases.yaml", policy->issuers);
  if (!cases) return;
  for (const config::PolicyCase& one : *cases) {
    const auto failure = config::failure_of(one, policy->rules);
    HW_CHECK(!failure || !failure->empty());
  }
}

}  // namespace hubwarden::fuzz
