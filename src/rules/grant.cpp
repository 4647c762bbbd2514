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
  return allowance.token && allowance.token->covers(std::get<PermissionSet>(wanted));
}

TakenAway taken_by(const Narrowing& narrowing, const Ask& ask) {
  const auto is_among = [&](const Repository& repository) {
    return std::ranges::find(*narrowing.repositories, repository) != narrowing.repositories->end();
  };
  if (narrowing.repositories && !std::ranges::all_of(ask.repositories, is_among))
    return TakenAway::kRepository;
  if (const Named* const named = std::get_if<Named>(&ask.wanted)) {
    const bool is_left = !narrowing.operations || narrowing.operations->has(*named);
    return is_left ? TakenAway::kNothing : TakenAway::kOperation;
  }
  const PermissionSet& permissions = std::get<PermissionSet>(ask.wanted);
  const bool is_left = !narrowing.has_no_tokens && (!narrowing.token || narrowing.token->covers(permissions));
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
    best_.limits = allowance.limits;
    best_.ttl = allowance.ttl;
    best_.consent = allowance.consent;
  }

  void come_closer(const Rule& rule, const Allowance& allowance) {
    if (best_.verdict != Verdict::kRefuse) return;
    const bool has_tokens = std::holds_alternative<PermissionSet>(ask_.wanted) && allowance.token;
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
  auto rules = std::make_shared<const std::vector<std::uint32_t>>(book->rules_for(caller));
  return {std::move(book), std::make_shared<const Caller>(caller), std::move(rules)};
}

Decision Grant::decide(const Ask& ask) const {
  Search search(*this, ask);
  if (ask.repositories.empty()) return std::move(search).best();
  if (rules_->size() <= kFew) {
    for (const std::uint32_t place : *rules_) search.look_at(place);
  } else {
    book_->for_each_about(ask.repositories.front(), [&](std::uint32_t place) {
      if (std::ranges::binary_search(*rules_, place)) search.look_at(place);
    });
  }
  Decision decision = std::move(search).best();
  if (decision.verdict == Verdict::kRefuse || taken_away(ask) == TakenAway::kNothing) return decision;
  Decision refused;
  refused.missing = Missing::kNarrowing;
  refused.rule = std::move(decision.rule);
  return refused;
}

TakenAway Grant::taken_away(const Ask& ask) const {
  for (const Narrowed* at = narrowed_.get(); at != nullptr; at = at->before.get()) {
    const TakenAway taken = taken_by(at->to, ask);
    if (taken != TakenAway::kNothing) return taken;
  }
  return TakenAway::kNothing;
}

Grant Grant::narrowed(Narrowing narrowing) const {
  Grant grant = *this;
  grant.narrowed_ = std::make_shared<const Narrowed>(std::move(narrowing), narrowed_);
  return grant;
}

std::size_t Grant::narrowings() const {
  std::size_t count = 0;
  for (const Narrowed* at = narrowed_.get(); at != nullptr; at = at->before.get()) ++count;
  return count;
}

}  // namespace hubwarden::rules
