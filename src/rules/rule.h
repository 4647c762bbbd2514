#pragma once

// One entry of the policy: who may do what to which repositories, how much of it, and with whose consent.
// Values, made by whoever reads the policy.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catalogue/operation_set.h"
#include "policy/permissions.h"
#include "rules/repository_patterns.h"
#include "rules/who.h"

namespace hubwarden::rules {

// So many in so long; without `per`, in a session's life.
struct Quota {
  std::uint64_t count = 0;
  std::optional<Duration> per;

  friend bool operator==(const Quota&, const Quota&) = default;
};

struct Limits {
  std::optional<std::uint64_t> concurrent;  // calls in flight
  std::optional<Quota> requests;
  std::optional<Quota> bytes;  // of answers

  friend bool operator==(const Limits&, const Limits&) = default;
};

// A person has to say yes first.
struct Consent {
  std::vector<std::string> from;  // groups of operators
  Duration ttl{};                 // so long the question stands, and then the answer

  friend bool operator==(const Consent&, const Consent&) = default;
};

// What a rule lets its callers do: operations, of which they see the answers alone, or tokens of their own.
struct Allowance {
  catalogue::OperationSet operations;
  std::optional<policy::PermissionSet> token;  // with these permissions or fewer
  Limits limits;
  std::optional<Consent> consent;
  std::optional<Duration> ttl;  // of the token; it is revoked then
};

// How long a session lasts that the rule alone gives, and whose it is.
struct SessionTerms {
  std::optional<Duration> ttl;
  std::string agent;   // patterns with {attribute}; empty: the subject
  std::string tenant;  // empty: none
};

struct Rule {
  Rule(std::string name_, Who who_) : name(std::move(name_)), who(std::move(who_)) {}

  std::string name;
  Who who;
  RepositoryPatterns repositories;
  std::vector<Allowance> may;
  SessionTerms session;
};

// What no rule can exceed.
struct Ceiling {
  std::optional<policy::PermissionSet> permissions;  // nothing: no limit
  catalogue::OperationSet never;
};

}  // namespace hubwarden::rules
