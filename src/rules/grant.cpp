#include "rules/grant.h"

#include <algorithm>
#include <utility>

namespace hubwarden::rules {
namespace {

using catalogue::Named;
using policy::PermissionSet;
using policy::Repository;

// With fewer rules than these all are looked at.
constexpr std::size_t kFew = 16;

bool allows(const Allowance& allowance, const Wanted& wanted) {
  if (const Named* const named = std::get_if<Named>(&wanted)) return allowance.operations.has(*named);
  const PermissionSet* const permissions = std::get_if<PermissionSet>(&wanted);
  return allowance.token && (permissions == nullptr || allowance.token->covers(*permissions));
}

TakenAway taken_by(const Narrowing& narrowing, const Ask& ask) {
  const auto is_among = [&](const Repository& repository) {
    return std::ranges::find(*narrowing.repositories, repository) != narrowing.repositories->end();
  };
  const bool reaches = !narrowing.repositories ||
                       (!ask.repositories.empty() && std::ranges::all_of(ask.repositories, is_among));
  if (!reaches) return TakenAway::kRepository;
  if (const Named* const named = std::get_if<Named>(&ask.wanted)) {
    const bool is_left = !narrowing.operations || narrowing.operations->has(*named);
    return is_left ? TakenAway::kNothing : TakenAway::kOperation;
  }
  const PermissionSet* const permissions = std::get_if<PermissionSet>(&ask.wanted);
  const bool is_left = !narrowing.has_no_tokens &&
                       (permissions == nullptr || !narrowing.token || narrowing.token->covers(*permissions));
  return is_left ? TakenAway::kNothing : TakenAway::kPermission;
}

}  // namespace

// Goes through rules and keeps the best answer so far.
class Grant::Search {
 public:
  Search(const Grant& grant, const Ask& ask) : grant_(grant), ask_(ask) {
    if (!grant.rules().empty()) best_.missing = Missing::kRepository;
  }

  void look_at(std::uint32_t place) {
    const Rule& rule = grant_.book().rules()[place];
    const auto is_about = [&](const Repository& repository) {
      return rule.repositories.match(repository, grant_.caller().attributes);
    };
    if (!std::ranges::all_of(ask_.repositories, is_about)) return;
    for (const Allowance& allowance : rule.may) {
      if (allows(allowance, ask_.wanted)) {
        allow(rule, allowance);
      } else {
        come_closer(rule, allowance);
      }
    }
  }

  Decision best() && { return std::move(best_); }

 private:
  void allow(const Rule& rule, const Allowance& allowance) {
    const Verdict verdict = allowance.consent ? Verdict::kConsent : Verdict::kAllow;
    const bool is_better = verdict < best_.verdict || (verdict == best_.verdict && rule.name < best_.rule);
    if (!is_better) return;
    best_.verdict = verdict;
    best_.missing = Missing::kNothing;
    best_.rule = rule.name;
    if (!std::holds_alternative<Named>(ask_.wanted)) best_.token = allowance.token;
    best_.limits = allowance.limits;
    best_.ttl = allowance.ttl;
    best_.consent = allowance.consent;
  }

  void come_closer(const Rule& rule, const Allowance& allowance) {
    if (best_.verdict != Verdict::kRefuse) return;
    const bool has_tokens = !std::holds_alternative<Named>(ask_.wanted) && allowance.token;
    const Missing missing = has_tokens ? Missing::kPermission : Missing::kOperation;
    const bool is_closer = missing < best_.missing || (missing == best_.missing && rule.name < best_.rule);
    if (!is_closer) return;
    best_.missing = missing;
    best_.rule = rule.name;
  }

  const Grant& grant_;
  const Ask& ask_;
  Decision best_;
};

Grant Grant::of(std::shared_ptr<const RuleBook> book, const Caller& caller) {
  Grant grant;
  grant.by_rules_ = std::make_shared<const ByRules>(std::move(book), caller);
  return grant;
}

Grant Grant::of_operator(std::shared_ptr<const catalogue::OperationSet> operations) {
  Grant grant;
  grant.operations_ = std::move(operations);
  return grant;
}

const PermissionSet* Grant::most() const {
  if (!by_rules_) return nullptr;
  const std::optional<PermissionSet>& most = book().ceiling().permissions;
  return most ? &*most : nullptr;
}

Decision Grant::decide(const Ask& ask) const {
  Decision decision = by_rules_ ? decide_by_rules(ask) : decide_as_operator(ask);
  if (decision.verdict == Verdict::kRefuse) return decision;
  const PermissionSet* const permissions = std::get_if<PermissionSet>(&ask.wanted);
  if (permissions != nullptr) decision.token = *permissions;
  const bool is_for_all = std::holds_alternative<AllPermissions>(ask.wanted);
  const bool is_left = taken_away(ask) == TakenAway::kNothing;
  if (is_left && (!is_for_all || leave(decision.token))) return decision;
  Decision refused;
  refused.missing = Missing::kNarrowing;
  refused.rule = std::move(decision.rule);
  return refused;
}

Decision Grant::decide_by_rules(const Ask& ask) const {
  Search search(*this, ask);
  if (ask.repositories.empty()) return std::move(search).best();
  if (rules().size() <= kFew) {
    for (const std::uint32_t place : rules()) search.look_at(place);
  } else {
    book().for_each_about(ask.repositories.front(), [&](std::uint32_t place) {
      if (std::ranges::binary_search(rules(), place)) search.look_at(place);
    });
  }
  return std::move(search).best();
}

Decision Grant::decide_as_operator(const Ask& ask) const {
  Decision decision;
  const Named* const named = std::get_if<Named>(&ask.wanted);
  const bool may = named == nullptr || operations_->has(*named);
  decision.verdict = may ? Verdict::kAllow : Verdict::kRefuse;
  decision.missing = may ? Missing::kNothing : Missing::kOperation;
  // What the holder can do something about goes first.
  if (!may && taken_away(ask) != TakenAway::kNothing) decision.missing = Missing::kNarrowing;
  return decision;
}

TakenAway Grant::taken_away(const Ask& ask) const {
  for (const Narrowed* at = narrowed_.get(); at != nullptr; at = at->before.get()) {
    const TakenAway taken = taken_by(*at->to, ask);
    if (taken != TakenAway::kNothing) return taken;
  }
  return TakenAway::kNothing;
}

// Cuts a token that is to have all that may be had; false when nothing is left of it.
bool Grant::leave(std::optional<PermissionSet>& token) const {
  for (const Narrowed* at = narrowed_.get(); at != nullptr; at = at->before.get()) {
    const std::optional<PermissionSet>& most = at->to->token;
    if (!most) continue;
    token = token ? token->within(*most) : most;
    if (!token) return false;
  }
  return true;
}

Grant Grant::narrowed(std::shared_ptr<const Narrowing> narrowing) const {
  Grant grant = *this;
  grant.narrowed_ = std::make_shared<const Narrowed>(std::move(narrowing), narrowed_);
  return grant;
}

Grant Grant::under(std::shared_ptr<const RuleBook> book) const {
  Grant grant = of(std::move(book), caller());
  grant.narrowed_ = narrowed_;
  return grant;
}

std::size_t Grant::narrowings() const {
  std::size_t count = 0;
  for (const Narrowed* at = narrowed_.get(); at != nullptr; at = at->before.get()) ++count;
  return count;
}

}  // namespace hubwarden::rules
