#include "rules/near_miss.h"

#include <algorithm>

#include "base/text.h"
#include "rules/ceiling_cut.h"
#include "rules/rule_text.h"

namespace hubwarden::rules {
namespace {

using policy::Attributes;
using policy::Glob;
using policy::Repository;

constexpr std::size_t kShown = 5;  // of a list
constexpr std::size_t kShownBytes = 100;

std::string values_of(const Attributes& attributes, const std::string& name) {
  std::vector<std::string> shown;
  for (const std::string& value : attributes.values(name)) shown.push_back(printable(value, kShownBytes));
  return listed(shown, kShown);
}

// Attributes of the pattern that the caller has not, or several times.
std::vector<std::string> unknown_in(const Glob& glob, const Attributes& attributes) {
  std::vector<std::string> names;
  for (const std::string& name : glob.attributes()) {
    if (attributes.single(name) == nullptr) names.push_back(name);
  }
  return names;
}

class Look {
 public:
  Look(const Rule& rule, const Caller& caller, const Ask& ask) : rule_(rule), caller_(caller), ask_(ask) {}

  std::vector<std::string> lacks() && {
    look_at_who();
    for (const Repository& repository : ask_.repositories) look_at(repository);
    look_at_what();
    return std::move(lacks_);
  }

 private:
  void look_at_who() {
    if (caller_.issuer != rule_.who.issuer()) {
      lacks_.push_back("issuer is not " + rule_.who.issuer() + ", but " + caller_.issuer);
    }
    for (const Who::Condition& condition : rule_.who.conditions()) {
      if (condition.holds(caller_.attributes)) continue;
      const std::string values = values_of(caller_.attributes, condition.attribute);
      std::string wanted = text_of(condition).substr(condition.attribute.size() + 1);
      lacks_.push_back(values.empty() ? condition.attribute + " is not known, and has to be " + wanted
                                      : condition.attribute + " is not " + wanted + ", but " + values);
    }
  }

  void look_at(const Repository& repository) {
    const Attributes& attributes = caller_.attributes;
    if (rule_.repositories.match(repository, attributes)) return;
    for (const Glob& glob : rule_.repositories.unwanted()) {
      const std::vector<std::string> unknown = unknown_in(glob, attributes);
      if (!unknown.empty()) {
        lacks_.push_back("!" + glob.text() + " takes all away, since the caller has no " +
                         listed(unknown, kShown));
        return;
      }
      if (!glob.matches(repository.key(), attributes)) continue;
      lacks_.push_back("!" + glob.text() + " takes " + repository.shown() + " away");
      return;
    }
    const std::vector<std::string> patterns = texts_of(rule_.repositories);
    lacks_.push_back(patterns.empty()
                         ? "it is about no repository"
                         : repository.shown() + " is not among " + listed(patterns, kShown) + unknown());
  }

  // What keeps patterns from matching anything.
  std::string unknown() const {
    std::vector<std::string> names;
    for (const Glob& glob : rule_.repositories.wanted()) {
      for (const std::string& name : unknown_in(glob, caller_.attributes)) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      }
    }
    return names.empty() ? "" : ", and the caller has no " + listed(names, kShown);
  }

  void look_at_what() {
    const bool is_allowed = std::ranges::any_of(rule_.may, [&](const Allowance& allowance) {
      if (const auto* const named = std::get_if<catalogue::Named>(&ask_.wanted)) {
        return allowance.operations.has(*named);
      }
      return allowance.token && allowance.token->covers(std::get<policy::PermissionSet>(ask_.wanted));
    });
    if (!is_allowed) lacks_.push_back("it is not for " + text_of(ask_.wanted));
  }

  const Rule& rule_;
  const Caller& caller_;
  const Ask& ask_;
  std::vector<std::string> lacks_;
};

bool is_nearer(const NearMiss& a, const NearMiss& b) {
  return std::pair(a.lacks.size(), std::string_view(a.rule)) <
         std::pair(b.lacks.size(), std::string_view(b.rule));
}

}  // namespace

std::vector<NearMiss> near_misses(const RuleBook& book, const Caller& caller, const Ask& ask,
                                  std::size_t most) {
  std::vector<NearMiss> nearest;
  for (const Rule& rule : book.rules()) {
    NearMiss miss(rule.name, Look(rule, caller, ask).lacks());
    if (miss.lacks.empty()) continue;
    const auto place = std::ranges::upper_bound(nearest, miss, is_nearer);
    nearest.insert(place, std::move(miss));
    if (nearest.size() > most) nearest.pop_back();
  }
  return nearest;
}

std::string kept_by_ceiling(const RuleBook& book, const Ask& ask) {
  const Ceiling& ceiling = book.ceiling();
  if (CeilingCut(ceiling).lets(ask.wanted)) return "";
  if (const auto* const named = std::get_if<catalogue::Named>(&ask.wanted)) {
    if (ceiling.never.has(*named)) return "the ceiling says never to " + text_of(ask.wanted);
  }
  return "the ceiling's permissions, " + ceiling.permissions->text() + ", are not enough for " +
         text_of(ask.wanted);
}

}  // namespace hubwarden::rules
