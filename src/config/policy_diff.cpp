#include "config/policy_diff.h"

#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace hubwarden::config {
namespace {

using rules::AspectChange;
using rules::Change;

std::vector<std::string> one(const std::string& text) {
  return text.empty() ? std::vector<std::string>() : std::vector{text};
}

std::vector<AspectChange> aspects_of(const Issuer& before, const Issuer& after) {
  std::vector<AspectChange> aspects;
  add_difference(aspects, "url", one(before.url), one(after.url));
  add_difference(aspects, "audience", one(before.audience), one(after.audience));
  add_difference(aspects, "jwks_file", one(before.jwks_file), one(after.jwks_file));
  const auto reach = [](const Issuer& issuer) { return one(issuer.allow_private ? "true" : ""); };
  add_difference(aspects, "allow_private", reach(before), reach(after));
  return aspects;
}

std::vector<AspectChange> aspects_of(const OperatorGroup& before, const OperatorGroup& after) {
  std::vector<AspectChange> aspects;
  add_difference(aspects, "issuer", one(before.issuer), one(after.issuer));
  add_difference(aspects, "groups", before.groups, after.groups);
  return aspects;
}

// By name.
template <class Named>
void add_changes(std::vector<Change>& changes, const std::string& what, const std::vector<Named>& before,
                 const std::vector<Named>& after) {
  using Kind = Change::Kind;
  struct Pair {
    const Named* before = nullptr;
    const Named* after = nullptr;
  };
  std::map<std::string, Pair> pairs;
  for (const Named& each : before) pairs[each.name].before = &each;
  for (const Named& each : after) pairs[each.name].after = &each;
  const Named none{};
  for (const auto& [name, pair] : pairs) {
    std::vector<AspectChange> aspects =
        aspects_of(pair.before != nullptr ? *pair.before : none, pair.after != nullptr ? *pair.after : none);
    if (aspects.empty()) continue;
    const Kind kind = pair.before == nullptr  ? Kind::kAdded
                      : pair.after == nullptr ? Kind::kRemoved
                                              : Kind::kChanged;
    changes.emplace_back(kind, what, name, std::move(aspects));
  }
}

}  // namespace

std::vector<Change> differences(const Policy& before, const Policy& after) {
  std::vector<Change> changes;
  add_changes(changes, "issuer", before.issuers, after.issuers);
  add_changes(changes, "operators", before.operators, after.operators);
  std::vector<Change> of_rules = rules::differences(*before.rules, *after.rules);
  std::move(of_rules.begin(), of_rules.end(), std::back_inserter(changes));
  return changes;
}

}  // namespace hubwarden::config
