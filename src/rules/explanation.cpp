#include "rules/explanation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "rules/rule_text.h"

namespace hubwarden::rules {
namespace {

using catalogue::Named;
using policy::PermissionSet;
using policy::Repository;

constexpr std::size_t kShown = 5;  // of a list

std::string rule_named(const Decision& decision) {
  return "rule \"" + decision.rule + "\"";
}

std::string repositories_of(const Ask& ask) {
  std::vector<std::string> names;
  for (const Repository& repository : ask.repositories) names.push_back(repository.shown());
  return listed(names, kShown);
}

std::vector<PermissionSet> one_by_one(const PermissionSet& permissions) {
  std::vector<PermissionSet> singles;
  for (const auto& level : permissions.levels()) {
    PermissionSet::Map one;
    one.insert(level);
    singles.push_back(*PermissionSet::make(std::move(one)));
  }
  return singles;
}

// Those that `given` does not have.
std::vector<std::string> lacking(const PermissionSet& wanted, const PermissionSet& given) {
  std::vector<std::string> texts;
  for (const PermissionSet& single : one_by_one(wanted)) {
    if (!given.covers(single)) texts.push_back(single.text());
  }
  return texts;
}

// Of the token of the rule that has the most of what is wanted.
std::vector<std::string> lacking_in_rule(const Grant& grant, const std::string& name,
                                         const PermissionSet& wanted) {
  const std::vector<Rule>& rules = grant.book().rules();
  const auto rule = std::ranges::find(rules, name, &Rule::name);
  std::vector<std::string> fewest;
  if (rule == rules.end()) return fewest;
  for (const Allowance& allowance : rule->may) {
    if (!allowance.token) continue;
    std::vector<std::string> texts = lacking(wanted, *allowance.token);
    if (fewest.empty() || texts.size() < fewest.size()) fewest = std::move(texts);
  }
  return fewest;
}

// The same, in pieces that can be asked for one after the other.
std::vector<Ask> pieces_of(const Ask& ask) {
  std::vector<Ask> pieces;
  for (const Repository& repository : ask.repositories)
    pieces.emplace_back(ask.wanted, std::vector{repository});
  if (pieces.size() > 1) return pieces;
  const auto* const permissions = std::get_if<PermissionSet>(&ask.wanted);
  if (permissions == nullptr || permissions->levels().size() < 2) return {};
  pieces.clear();
  for (PermissionSet& single : one_by_one(*permissions))
    pieces.emplace_back(std::move(single), ask.repositories);
  return pieces;
}

bool is_allowed_in_pieces(const Grant& grant, const Ask& ask) {
  const std::vector<Ask> pieces = pieces_of(ask);
  return !pieces.empty() && std::ranges::all_of(pieces, [&](const Ask& piece) {
    return grant.decide(piece).verdict == Verdict::kAllow;
  });
}

std::string not_about(const Ask& ask) {
  const bool is_one = ask.repositories.size() == 1;
  return std::string("no rule for this caller is about ") + (is_one ? "" : "all of ") + repositories_of(ask);
}

std::string gives_no(const Grant& grant, const Ask& ask, const Decision& decision) {
  const std::vector<std::string> texts =
      lacking_in_rule(grant, decision.rule, std::get<PermissionSet>(ask.wanted));
  return rule_named(decision) + " gives tokens for " + repositories_of(ask) + ", but none with " +
         (texts.empty() ? text_of(ask.wanted) : listed(texts, kShown));
}

std::string not_for(const Ask& ask, const Decision& decision) {
  const bool is_token = std::holds_alternative<PermissionSet>(ask.wanted);
  return rule_named(decision) + " is about " + repositories_of(ask) + ", but " +
         (is_token ? "gives no tokens" : "not for " + text_of(ask.wanted));
}

std::string narrowed_to(const Grant& grant, const Ask& ask) {
  const std::string text = "this credential was narrowed: it is not ";
  switch (grant.taken_away(ask)) {
    case TakenAway::kNothing:
    case TakenAway::kRepository: return text + "about " + repositories_of(ask);
    case TakenAway::kOperation:
    case TakenAway::kPermission: return text + "for " + text_of(ask.wanted);
  }
  HW_CHECK(false);
}

std::string refusal(const Grant& grant, const Ask& ask, const Decision& decision) {
  switch (decision.missing) {
    case Missing::kPermission: return gives_no(grant, ask, decision);
    case Missing::kOperation: return not_for(ask, decision);
    case Missing::kRepository: return not_about(ask);
    case Missing::kNarrowing: return narrowed_to(grant, ask);
    case Missing::kNothing:
    case Missing::kRule: return "no rule is for this caller";
  }
  HW_CHECK(false);
}

void explain_refusal(Explanation& why, const Grant& grant, const Ask& ask, const Decision& decision) {
  const bool is_operation =
      decision.missing == Missing::kOperation && std::holds_alternative<Named>(ask.wanted);
  why.code = is_operation ? ErrorCode::kOperationNotAllowed : ErrorCode::kForbidden;
  if (ask.repositories.empty()) {
    why.message = "the request names no repository";
    why.fix = Fix::kCaller;
    return;
  }
  why.message = refusal(grant, ask, decision);
  // Whoever narrowed the credential has a wider one.
  if (decision.missing == Missing::kNarrowing) why.fix = Fix::kCaller;
  if (!is_allowed_in_pieces(grant, ask)) return;
  why.message += "; asked for one by one, all of it is allowed";
  why.fix = Fix::kCaller;
}

}  // namespace

Explanation explain(const Grant& grant, const Ask& ask, const Decision& decision) {
  Explanation why;
  why.verdict = decision.verdict;
  why.missing = decision.missing;
  why.rule = decision.rule;
  switch (decision.verdict) {
    case Verdict::kAllow: why.message = rule_named(decision) + " allows it"; break;
    case Verdict::kConsent:
      HW_CHECK(decision.consent);
      why.message = rule_named(decision) + " allows it with consent " + text_of(*decision.consent);
      break;
    case Verdict::kRefuse: explain_refusal(why, grant, ask, decision); break;
  }
  return why;
}

}  // namespace hubwarden::rules
