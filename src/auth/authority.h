#pragma once

// Whom hubwarden believes, and what it lets them do: a policy at work. Immutable; a reload makes another one,
// and what is under way goes on with its own.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "auth/key_source.h"
#include "jwt/verified_jwt.h"
#include "rules/rule_book.h"

namespace hubwarden::auth {

struct TrustedIssuer {
  TrustedIssuer(std::string name_, jwt::Expected expected_, std::shared_ptr<KeySource> keys_)
      : name(std::move(name_)), expected(std::move(expected_)), keys(std::move(keys_)) {}

  std::string name;  // in the policy
  jwt::Expected expected;
  std::shared_ptr<KeySource> keys;
};

struct Authority {
  std::shared_ptr<const rules::RuleBook> rules;
  std::map<std::string, TrustedIssuer, std::less<>> issuers;  // by `iss`
};

}  // namespace hubwarden::auth
