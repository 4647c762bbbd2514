#pragma once

// Who may do what: the policy, read and checked.
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
#include <utility>
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
  // Each of its JWTs may begin any number of sessions: a restarted container has the one that it had before.
  bool may_repeat = false;
  bool allow_private = false;  // the url, and where its keys are, may be in the own network

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

struct PolicyText {
  PolicyText(std::string text_, std::string source_) : text(std::move(text_)), source(std::move(source_)) {}

  std::string text;
  std::string source;  // names it in problems
};

// One policy in several files. Their rules, issuers and operators are put together, and may name what stands
// in another file; no name stands twice, and one file at most has a ceiling.
std::expected<Policy, std::vector<Problem>> parse_policy(const std::vector<PolicyText>& files);

}  // namespace hubwarden::config
