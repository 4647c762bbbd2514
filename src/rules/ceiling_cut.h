#pragma once

// Cuts rules to the ceiling.
//
//   const CeilingCut cut(ceiling);
//   const Result<> done = cut.apply(rule);
//
// Made once for many rules: it knows by then what each operation needs. Immutable; from any thread.

#include <optional>
#include <vector>

#include "base/error.h"
#include "catalogue/operation_set.h"
#include "rules/decision.h"
#include "rules/rule.h"

namespace hubwarden::rules {

class CeilingCut {
 public:
  explicit CeilingCut(const Ceiling& ceiling);

  // `invalid_request` for a token with which its holder could do what the ceiling never lets anybody do: that
  // cannot be cut away. A rule that has been cut stays as it is.
  Result<> apply(Rule& rule) const;
  // Some rule could allow it.
  bool lets(const Wanted& wanted) const;

 private:
  // What nobody may do, and the permissions any of which is enough for it.
  struct Never {
    explicit Never(const catalogue::Operation& operation_)
        : operation(operation_), scopes(operation_.scopes()) {}
    catalogue::Operation operation;
    std::vector<policy::PermissionSet> scopes;
  };
  Result<> check(const Rule& rule, const policy::PermissionSet& token) const;

  std::optional<policy::PermissionSet> permissions_;
  catalogue::OperationSet operations_;
  std::vector<Never> never_;
};

}  // namespace hubwarden::rules
