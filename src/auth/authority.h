#pragma once

// Whom hubwarden believes, and what it lets them do: a policy at work. Immutable; a reload makes another one,
// and what is under way goes on with its own.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/key_source.h"
#include "jwt/verified_jwt.h"
#include "rules/grant.h"
#include "rules/rule_book.h"

namespace hubwarden::auth {

struct TrustedIssuer {
  TrustedIssuer(std::string name_, jwt::Expected expected_, std::shared_ptr<KeySource> keys_)
      : name(std::move(name_)), expected(std::move(expected_)), keys(std::move(keys_)) {}

  std::string name;  // in the policy
  jwt::Expected expected;
  std::shared_ptr<KeySource> keys;
  // Each of its JWTs may begin any number of sessions. For platforms that give a restarted workload the one
  // that it had.
  bool may_repeat = false;
};

// Persons who may consent: those of an issuer who are in one of the groups.
struct OperatorGroup {
  OperatorGroup(std::string name_, std::string issuer_, std::vector<std::string> groups_)
      : name(std::move(name_)), issuer(std::move(issuer_)), groups(std::move(groups_)) {}

  std::string name;                 // in the policy
  std::string issuer;               // its name there
  std::vector<std::string> groups;  // as the issuer calls them
};

struct Authority {
  explicit Authority(rules::Grant operators_) : operators(std::move(operators_)) {}

  rules::Grant operators;                                     // what workspaces and handles are cut from
  std::shared_ptr<const rules::RuleBook> rules;               // null: no policy, and so no sessions
  std::map<std::string, TrustedIssuer, std::less<>> issuers;  // by `iss`
  std::vector<OperatorGroup> groups;
};

using AuthorityPtr = std::shared_ptr<const Authority>;

}  // namespace hubwarden::auth
