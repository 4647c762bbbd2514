#pragma once

// What `hubwarden policy` prints, for people and for programs. Pure. Each text ends with a line break.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "config/policy.h"
#include "config/policy_cases.h"
#include "rules/book_diff.h"
#include "rules/explanation.h"
#include "rules/near_miss.h"

namespace hubwarden::apps {

// "policy.yaml: ok, 3 issuers, 12 rules, 1 group of operators"
std::string policy_summary_text(const std::string& path, const config::Policy& policy);
std::string policy_summary_json(const std::string& path, const config::Policy& policy);

// A decision, and what is known about it.
struct Explained {
  Explained(rules::Decision decision_, rules::Explanation why_)
      : decision(std::move(decision_)), why(std::move(why_)) {}

  rules::Decision decision;
  rules::Explanation why;
  std::vector<std::string> rules;     // that are for the caller
  std::vector<rules::NearMiss> near;  // of a refusal
  std::string kept_by_ceiling;        // why no rule could allow it; empty: one could
};

std::string explanation_text(const Explained& explained);
std::string explanation_json(const Explained& explained);

// A case that is not decided as it says.
struct FailedCase {
  FailedCase(config::Origin origin_, std::string message_)
      : origin(std::move(origin_)), message(std::move(message_)) {}

  std::string text() const { return origin.text() + ": " + message; }

  config::Origin origin;
  std::string message;
};

std::string cases_json(std::size_t count, const std::vector<FailedCase>& failed);

// A case that two policies decide differently.
struct OtherDecision {
  OtherDecision(config::Origin origin_, std::string ask_, std::string before_, std::string after_)
      : origin(std::move(origin_)),
        ask(std::move(ask_)),
        before(std::move(before_)),
        after(std::move(after_)) {}

  config::Origin origin;
  std::string ask;
  std::string before;
  std::string after;
};

// A line for each part of each change: "~ rule review-bots" and "    + operations    issues/create".
std::string changes_text(const std::vector<rules::Change>& changes,
                         const std::vector<OtherDecision>& decisions);
std::string changes_json(const std::vector<rules::Change>& changes,
                         const std::vector<OtherDecision>& decisions);

}  // namespace hubwarden::apps
