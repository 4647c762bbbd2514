#include "rules/book_diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "base/time_text.h"
#include "rules/rule_text.h"

namespace hubwarden::rules {
namespace {

using catalogue::Named;

// So that what was added or removed is all that differs.
const Rule* nothing() {
  static const Rule none("", *Who::make("nobody", {}));
  return &none;
}

std::string terms_of(const Allowance& allowance) {
  std::string terms;
  const auto add = [&terms](const std::string& text) {
    if (!text.empty()) terms.append(terms.empty() ? "" : ", ").append(text);
  };
  if (allowance.ttl) add("for " + duration_text(*allowance.ttl));
  if (allowance.consent) add("consent " + text_of(*allowance.consent));
  add(text_of(allowance.limits));
  return terms;
}

// On which terms a rule allows each operation: the first without consent, as a decision has it.
class OperationTerms {
 public:
  explicit OperationTerms(const Rule& rule) : rule_(rule) {
    for (const Allowance& allowance : rule.may) terms_.push_back(terms_of(allowance));
  }

  // Null: not at all.
  const std::string* of(const Named& named) const {
    const std::string* with_consent = nullptr;
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      const Allowance& allowance = rule_.may[i];
      if (!allowance.operations.has(named)) continue;
      if (!allowance.consent) return &terms_[i];
      if (with_consent == nullptr) with_consent = &terms_[i];
    }
    return with_consent;
  }

 private:
  const Rule& rule_;
  std::vector<std::string> terms_;
};

bool are_same(const std::string* a, const std::string* b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

using Groups = std::map<std::string, std::vector<std::string>>;  // names by their terms

std::vector<Portion> portions(Groups groups) {
  std::vector<Portion> all;
  for (auto& [terms, names] : groups) all.emplace_back(std::move(names), terms);
  return all;
}

void add_operations(std::vector<AspectChange>& aspects, const Rule& before, const Rule& after) {
  const OperationTerms old_terms(before);
  const OperationTerms new_terms(after);
  Groups only_before;
  Groups only_after;
  const auto look_at = [&](const Named& named) {
    const std::string* const old_ones = old_terms.of(named);
    const std::string* const new_ones = new_terms.of(named);
    if (are_same(old_ones, new_ones)) return;
    if (old_ones != nullptr) only_before[*old_ones].emplace_back(named.name());
    if (new_ones != nullptr) only_after[*new_ones].emplace_back(named.name());
  };
  for (const catalogue::Operation& operation : catalogue::operations()) look_at({operation, std::nullopt});
  for (const catalogue::ShortName name : catalogue::short_names()) {
    const Named whole{catalogue::operation_of(name), std::nullopt};
    const Named named{whole.operation, name};
    // What is true of the whole operation has been said.
    const bool is_said = are_same(old_terms.of(named), old_terms.of(whole)) &&
                         are_same(new_terms.of(named), new_terms.of(whole));
    if (!is_said) look_at(named);
  }
  if (only_before.empty() && only_after.empty()) return;
  aspects.emplace_back("operations", portions(std::move(only_before)), portions(std::move(only_after)));
}

std::vector<std::string> tokens_of(const Rule& rule) {
  std::vector<std::string> texts;
  for (const Allowance& allowance : rule.may) {
    if (!allowance.token) continue;
    const std::string terms = terms_of(allowance);
    texts.push_back(allowance.token->text() + (terms.empty() ? "" : " (" + terms + ")"));
  }
  return texts;
}

// None for the text that says nothing.
std::vector<std::string> one(std::string text) {
  return text.empty() ? std::vector<std::string>() : std::vector{std::move(text)};
}

std::vector<AspectChange> aspects_of(const Rule& before, const Rule& after) {
  std::vector<AspectChange> aspects;
  const auto who_of = [](const Rule& rule) { return one(&rule == nothing() ? "" : text_of(rule.who)); };
  add_difference(aspects, "who", who_of(before), who_of(after));
  add_difference(aspects, "repositories", texts_of(before.repositories), texts_of(after.repositories));
  add_operations(aspects, before, after);
  add_difference(aspects, "token", tokens_of(before), tokens_of(after));
  add_difference(aspects, "session", one(text_of(before.session)), one(text_of(after.session)));
  return aspects;
}

std::vector<std::string> never_of(const Ceiling& ceiling) {
  std::vector<std::string> ids;
  for (const catalogue::Operation& operation : ceiling.never.operations()) ids.emplace_back(operation.id());
  return ids;
}

void add_ceiling(std::vector<Change>& changes, const Ceiling& before, const Ceiling& after) {
  const auto permissions_of = [](const Ceiling& ceiling) {
    return one(ceiling.permissions ? ceiling.permissions->text() : "");
  };
  std::vector<AspectChange> aspects;
  add_difference(aspects, "permissions", permissions_of(before), permissions_of(after));
  add_difference(aspects, "never", never_of(before), never_of(after));
  if (aspects.empty()) return;
  changes.emplace_back(Change::Kind::kChanged, "ceiling", "", std::move(aspects));
}

std::map<std::string_view, const Rule*> by_name(const RuleBook& book) {
  std::map<std::string_view, const Rule*> rules;
  for (const Rule& rule : book.rules()) rules.emplace(rule.name, &rule);
  return rules;
}

}  // namespace

void add_difference(std::vector<AspectChange>& aspects, std::string aspect,
                    const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const auto missing_in = [](const std::vector<std::string>& other) {
    return [&other](const std::string& text) { return std::ranges::find(other, text) == other.end(); };
  };
  std::vector<std::string> only_before;
  std::vector<std::string> only_after;
  std::ranges::copy_if(before, std::back_inserter(only_before), missing_in(after));
  std::ranges::copy_if(after, std::back_inserter(only_after), missing_in(before));
  if (only_before.empty() && only_after.empty()) return;
  const auto portion = [](std::vector<std::string> names) {
    std::vector<Portion> all;
    if (!names.empty()) all.emplace_back(std::move(names), "");
    return all;
  };
  aspects.emplace_back(std::move(aspect), portion(std::move(only_before)), portion(std::move(only_after)));
}

std::vector<Change> differences(const RuleBook& before, const RuleBook& after) {
  using Kind = Change::Kind;
  std::vector<Change> changes;
  add_ceiling(changes, before.ceiling(), after.ceiling());
  const auto old_rules = by_name(before);
  const auto new_rules = by_name(after);
  std::map<std::string_view, const Rule*> all = old_rules;
  all.insert(new_rules.begin(), new_rules.end());
  for (const auto& [name, any] : all) {
    const auto old_rule = old_rules.find(name);
    const auto new_rule = new_rules.find(name);
    const bool is_new = old_rule == old_rules.end();
    const bool is_gone = new_rule == new_rules.end();
    std::vector<AspectChange> aspects =
        aspects_of(is_new ? *nothing() : *old_rule->second, is_gone ? *nothing() : *new_rule->second);
    if (aspects.empty()) continue;
    const Kind kind = is_new ? Kind::kAdded : is_gone ? Kind::kRemoved : Kind::kChanged;
    changes.emplace_back(kind, "rule", std::string(name), std::move(aspects));
  }
  return changes;
}

}  // namespace hubwarden::rules
