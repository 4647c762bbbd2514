#pragma once

// What differs between two books of rules, as far as it can be told without callers.
//
//   for (const Change& change : differences(*before, *after)) …
//   // changed rule review-bots: operations, before {issues/update}, after {issues/create}
//
// By what rules give in the end, the ceiling included, not by how they are written: `issues/*` and all of its
// operations are the same. Pure.

#include <string>
#include <utility>
#include <vector>

#include "rules/rule_book.h"

namespace hubwarden::rules {

// Some of an aspect, all on the same terms.
struct Portion {
  Portion(std::vector<std::string> names_, std::string terms_)
      : names(std::move(names_)), terms(std::move(terms_)) {}

  std::vector<std::string> names;
  std::string terms;  // "consent of maintainers within 5m, requests 500/h"; empty: none

  friend bool operator==(const Portion&, const Portion&) = default;
};

// Of a rule or of something else that has a name: what only the one or only the other has.
struct AspectChange {
  AspectChange(std::string aspect_, std::vector<Portion> before_, std::vector<Portion> after_)
      : aspect(std::move(aspect_)), before(std::move(before_)), after(std::move(after_)) {}

  std::string aspect;  // "who", "repositories", "operations", "token", "session" …
  std::vector<Portion> before;
  std::vector<Portion> after;
};

struct Change {
  enum class Kind { kAdded, kRemoved, kChanged };

  Change(Kind kind_, std::string what_, std::string name_, std::vector<AspectChange> aspects_)
      : kind(kind_), what(std::move(what_)), name(std::move(name_)), aspects(std::move(aspects_)) {}

  Kind kind;
  std::string what;  // "rule", "ceiling" …
  std::string name;
  std::vector<AspectChange> aspects;
};

// The ceiling first, then the rules by name.
std::vector<Change> differences(const RuleBook& before, const RuleBook& after);

// Adds what differs, if something does.
void add_difference(std::vector<AspectChange>& aspects, std::string aspect,
                    const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace hubwarden::rules
