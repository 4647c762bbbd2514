#pragma once

// What a caller may do: the rules that are for it, and nothing else. It can be narrowed, never widened.
//
//   const Grant grant = Grant::of(book, caller);
//   const Decision decision = grant.decide(Ask(named, {repository}));
//   const Grant handle = grant.narrowed(std::move(narrowing));
//
// Pure and deterministic, and cheap enough to be asked before any cache is: some hundred nanoseconds.
// Immutable; copies share what they hold.

#include <cstdint>
#include <memory>
#include <optional>
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

  // The union of the rules, within one of which all that is asked must lie; and all of the narrowings. Of
  // several rules that allow it, one that needs no consent, and of these the one whose name is first.
  Decision decide(const Ask& ask) const;

  Grant narrowed(Narrowing narrowing) const;

  // Of which it is made.
  const RuleBook& book() const { return *book_; }
  const std::vector<std::uint32_t>& rules() const { return *rules_; }
  const Caller& caller() const { return *caller_; }
  std::size_t narrowings() const;
  // By any of the narrowings, whatever the rules say.
  TakenAway taken_away(const Ask& ask) const;

 private:
  struct Narrowed {
    Narrowed(Narrowing to_, std::shared_ptr<const Narrowed> before_)
        : to(std::move(to_)), before(std::move(before_)) {}
    Narrowing to;
    std::shared_ptr<const Narrowed> before;
  };
  class Search;

  Grant(std::shared_ptr<const RuleBook> book, std::shared_ptr<const Caller> caller,
        std::shared_ptr<const std::vector<std::uint32_t>> rules)
      : book_(std::move(book)), caller_(std::move(caller)), rules_(std::move(rules)) {}

  std::shared_ptr<const RuleBook> book_;
  std::shared_ptr<const Caller> caller_;
  std::shared_ptr<const std::vector<std::uint32_t>> rules_;
  std::shared_ptr<const Narrowed> narrowed_;  // null: not at all
};

}  // namespace hubwarden::rules
