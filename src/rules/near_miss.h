#pragma once

// What each rule lacks to allow what was refused, nearest first: for operators, since it tells of rules that
// are not the caller's.
//
//   for (const NearMiss& near : near_misses(book, caller, ask, 3)) …
//   // review-bots: namespace is not agents, but other
//
// Goes through all rules: not for every request. Pure.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "rules/caller.h"
#include "rules/decision.h"
#include "rules/rule_book.h"

namespace hubwarden::rules {

struct NearMiss {
  NearMiss(std::string rule_, std::vector<std::string> lacks_)
      : rule(std::move(rule_)), lacks(std::move(lacks_)) {}

  std::string rule;
  std::vector<std::string> lacks;  // never empty
};

// At most `most`; those that lack least, and of equals those whose names are first.
std::vector<NearMiss> near_misses(const RuleBook& book, const Caller& caller, const Ask& ask,
                                  std::size_t most);

// Why no rule whatever could allow it; empty if one could.
std::string kept_by_ceiling(const RuleBook& book, const Ask& ask);

}  // namespace hubwarden::rules
