#include "rules/rule_book.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "rules/ceiling_cut.h"

namespace hubwarden::rules {
namespace {

// The shortest beginning of its patterns: what all that holds it have in common.
std::size_t known_of(const Who::Condition& condition) {
  std::size_t shortest = policy::Glob::kMaxBytes;
  for (const policy::Glob& pattern : condition.patterns) {
    shortest = std::min(shortest, pattern.literal_beginning().size());
  }
  return shortest;
}

}  // namespace

Result<std::shared_ptr<const RuleBook>> RuleBook::make(std::vector<Rule> rules, const Ceiling& ceiling) {
  if (rules.size() > kMaxRules) return fail(ErrorCode::kInvalidRequest, "there are more than 20,000 rules");
  const CeilingCut cut(ceiling);
  std::unordered_set<std::string_view> names;
  for (Rule& rule : rules) {
    if (!names.insert(rule.name).second) {
      return fail(ErrorCode::kInvalidRequest,
                  "rule \"" + rule.name + "\": there is another one of that name");
    }
    const Result<> done = cut.apply(rule);
    if (!done) return std::unexpected(done.error());
  }
  std::shared_ptr<RuleBook> book(new RuleBook(std::move(rules), ceiling));
  for (std::uint32_t place = 0; place < book->rules_.size(); ++place) book->add_to_index(place);
  return std::shared_ptr<const RuleBook>(std::move(book));
}

void RuleBook::add_to_index(std::uint32_t place) {
  const Rule& rule = rules_[place];
  for (const policy::Glob& pattern : rule.repositories.wanted()) {
    by_repository_.add(pattern.literal_beginning(), place);
  }
  ByCaller& callers = by_issuer_[rule.who.issuer()];
  const std::vector<Who::Condition>& conditions = rule.who.conditions();
  const auto best = std::ranges::max_element(conditions, {}, known_of);
  if (best == conditions.end() || known_of(*best) == 0) {
    callers.others.push_back(place);
    return;
  }
  PrefixIndex& index = callers.by_attribute[best->attribute];
  for (const policy::Glob& pattern : best->patterns) index.add(pattern.literal_beginning(), place);
}

std::vector<std::uint32_t> RuleBook::rules_for(const Caller& caller) const {
  std::vector<std::uint32_t> found;
  const auto callers = by_issuer_.find(caller.issuer);
  if (callers == by_issuer_.end()) return found;
  const auto look_at = [&](std::uint32_t place) {
    if (rules_[place].who.matches(caller)) found.push_back(place);
  };
  std::ranges::for_each(callers->second.others, look_at);
  for (const auto& [attribute, index] : callers->second.by_attribute) {
    for (const std::string& value : caller.attributes.values(attribute)) index.for_each(value, look_at);
  }
  std::ranges::sort(found);
  const auto doubles = std::ranges::unique(found);
  found.erase(doubles.begin(), doubles.end());
  return found;
}

}  // namespace hubwarden::rules
