#pragma once

// Whom a rule is for: the issuer that vouches for the caller, and patterns for what it vouches for.
//
//   who: {issuer: cluster-a, namespace: agents, service_account: [review-*, triage-*]}
//
// All conditions must hold, each by one of its patterns on one of the attribute's values. An attribute that
// the caller has not holds no condition. Without an issuer anybody's word would do for a namespace: it is
// required. A value; pure.

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "policy/glob.h"
#include "rules/caller.h"

namespace hubwarden::rules {

class Who {
 public:
  struct Condition {
    Condition(std::string attribute_, std::vector<policy::Glob> patterns_)
        : attribute(std::move(attribute_)), patterns(std::move(patterns_)) {}

    bool holds(const policy::Attributes& attributes) const;

    std::string attribute;
    std::vector<policy::Glob> patterns;  // any of them
  };

  // `invalid_request` for an empty issuer, and a condition without a pattern or for an attribute that has one
  // already.
  static Result<Who> make(std::string issuer, std::vector<Condition> conditions);

  const std::string& issuer() const { return issuer_; }
  const std::vector<Condition>& conditions() const { return conditions_; }
  bool matches(const Caller& caller) const;

 private:
  Who(std::string issuer, std::vector<Condition> conditions)
      : issuer_(std::move(issuer)), conditions_(std::move(conditions)) {}

  std::string issuer_;
  std::vector<Condition> conditions_;
};

}  // namespace hubwarden::rules
