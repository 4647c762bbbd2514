#pragma once

// Who may do what: the policy's file, read and checked.
//
//   const auto policy = config::parse_policy(text, "policy.yaml");
//   if (!policy) for (const Problem& problem : policy.error()) complain(problem.text());
//
// Immutable afterwards; a reload makes a new one.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"
#include "rules/rule_book.h"

namespace hubwarden::config {

// Who vouches for workloads.
struct Issuer {
  std::string name;  // in this policy
  std::string url;   // `iss`, to the letter
  std::string audience;
  std::string jwks_file;  // its keys; empty: they are asked for at the url

  friend bool operator==(const Issuer&, const Issuer&) = default;
};

// Persons who may consent: those of an issuer who are in one of the groups.
struct OperatorGroup {
  std::string name;
  std::string issuer;
  std::vector<std::string> groups;

  friend bool operator==(const OperatorGroup&, const OperatorGroup&) = default;
};

struct Policy {
  std::vector<Issuer> issuers;  // in the file's order
  std::shared_ptr<const rules::RuleBook> rules;
  std::vector<OperatorGroup> operators;
};

// All problems, each with its line.
std::expected<Policy, std::vector<Problem>> parse_policy(std::string_view text, const std::string& source);

}  // namespace hubwarden::config
