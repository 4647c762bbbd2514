#pragma once

// What a caller may do. Either the rules that are for it, and nothing else, or what the operator may; both
// can be narrowed, never widened. Whoever gets a token or an operation from hubwarden gets it by one of
// these.
//
//   const Grant grant = Grant::of(book, caller);        // of a session
//   const Grant all = Grant::of_operator(operations);   // of which workspaces and handles are cut
//   const Decision decision = grant.decide(Ask(named, {repository}));
//   const Grant handle = grant.narrowed(std::move(narrowing));
//
// Pure and deterministic, and cheap enough to be asked before any cache is: some hundred nanoseconds.
// Immutable; copies share what they hold.

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catalogue/operation_set.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "rules/caller.h"
#include "rules/decision.h"
#include "rules/rule_book.h"

namespace hubwarden::rules {

// What is left of a grant. What says nothing takes nothing away.
struct Narrowing {
  std::optional<std::vector<policy::Repository>> repositories;
  std::optional<catalogue::OperationSet> operations;
  std::optional<policy::PermissionSet> token;  // at most these
  bool has_no_tokens = false;                  // operations alone
};

class Grant {
 public:
  static Grant of(std::shared_ptr<const RuleBook> book, const Caller& caller);
  // Everything that the Apps reach, and of the operations those that are configured.
  static Grant of_operator(std::shared_ptr<const catalogue::OperationSet> operations);

  // The union of the rules, within one of which all that is asked must lie; and all of the narrowings. Of
  // several rules that allow it, one that needs no consent, and of these the one whose name is first.
  Decision decide(const Ask& ask) const;

  Grant narrowed(Narrowing narrowing) const {
    return narrowed(std::make_shared<const Narrowing>(std::move(narrowing)));
  }
  Grant narrowed(std::shared_ptr<const Narrowing> narrowing) const;

  // The same caller's by another policy, with the same narrowings. Of one that is not the operator's.
  Grant under(std::shared_ptr<const RuleBook> book) const;

  bool is_of_operator() const { return by_rules_ == nullptr; }
  // Nothing is minted beyond it. Null: no limit.
  const policy::PermissionSet* most() const;
  // Of which one is made that is not the operator's.
  const RuleBook& book() const { return *by_rules_->book; }
  const std::vector<std::uint32_t>& rules() const { return by_rules_->rules; }
  const Caller& caller() const { return by_rules_->caller; }
  std::size_t narrowings() const;
  // By any of the narrowings, whatever the rules say.
  TakenAway taken_away(const Ask& ask) const;

 private:
  struct Narrowed {
    Narrowed(std::shared_ptr<const Narrowing> to_, std::shared_ptr<const Narrowed> before_)
        : to(std::move(to_)), before(std::move(before_)) {}
    std::shared_ptr<const Narrowing> to;
    std::shared_ptr<const Narrowed> before;
  };
  struct ByRules {
    ByRules(std::shared_ptr<const RuleBook> book_, Caller caller_)
        : book(std::move(book_)), caller(std::move(caller_)), rules(book->rules_for(caller)) {}
    std::shared_ptr<const RuleBook> book;
    Caller caller;
    std::vector<std::uint32_t> rules;
  };
  class Search;

  Grant() = default;
  Decision decide_by_rules(const Ask& ask) const;
  Decision decide_as_operator(const Ask& ask) const;
  bool leave(std::optional<policy::PermissionSet>& token) const;

  std::shared_ptr<const ByRules> by_rules_;                    // null: the operator's
  std::shared_ptr<const catalogue::OperationSet> operations_;  // of the operator's
  std::shared_ptr<const Narrowed> narrowed_;                   // null: not at all
};

}  // namespace hubwarden::rules
