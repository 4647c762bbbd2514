#include "auth/rule_budgets.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/later.h"
#include "crypto/digest.h"

namespace hubwarden::auth {
namespace {

using policy::BudgetLimits;
using rules::Limits;
using rules::Quota;

// A call that began before the end may last.
constexpr Duration kAfterLife = std::chrono::hours(1);

std::uint64_t most(const std::optional<Quota>& quota, std::optional<Duration> per, std::uint64_t otherwise) {
  return quota && quota->per == per ? std::min(quota->count, otherwise) : otherwise;
}

// Those of one kind of time; nothing when the rule has none.
std::optional<BudgetLimits> limits_of(const Limits& limits, std::optional<Duration> per,
                                      bool with_concurrent) {
  const bool has_any = (limits.requests && limits.requests->per == per) ||
                       (limits.bytes && limits.bytes->per == per) || (with_concurrent && limits.concurrent);
  if (!has_any) return std::nullopt;
  const std::uint64_t concurrent =
      with_concurrent
          ? std::min(limits.concurrent.value_or(BudgetLimits::kMaxConcurrent), BudgetLimits::kMaxConcurrent)
          : BudgetLimits::kMaxConcurrent;
  const Result<BudgetLimits> all =
      BudgetLimits::make(concurrent, most(limits.requests, per, BudgetLimits::kMaxRequests),
                         most(limits.bytes, per, BudgetLimits::kMaxBytes));
  HW_CHECK(all);  // the policy has no zeros
  return *all;
}

// The times of a rule's quotas, each once; "in the session's life" first.
std::vector<std::optional<Duration>> times_of(const Limits& limits) {
  std::vector<std::optional<Duration>> times;
  for (const std::optional<Quota>& quota : {limits.requests, limits.bytes}) {
    if (quota && std::ranges::find(times, quota->per) == times.end()) times.push_back(quota->per);
  }
  if (times.empty() && limits.concurrent) times.emplace_back();
  std::ranges::sort(times);
  return times;
}

std::string text_of(const BudgetLimits& limits) {
  return std::to_string(limits.concurrent()) + " " + std::to_string(limits.requests()) + " " +
         std::to_string(limits.bytes());
}

std::uint64_t number_of(const std::string& name) {
  const crypto::Digest digest = crypto::sha256(name);
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

}  // namespace

struct RuleBudgets::Account {
  Account(std::string name_, const BudgetLimits& limits_, TimePoint ends_)
      : name(std::move(name_)), limits(limits_), ends(ends_) {}

  std::string name;
  BudgetLimits limits;
  TimePoint ends;
};

std::vector<Charge> RuleBudgets::of(const Session& session, const rules::Decision& decision) {
  std::vector<Charge> charges;
  bool is_first = true;
  for (const std::optional<Duration>& per : times_of(decision.limits)) {
    const std::optional<BudgetLimits> limits = limits_of(decision.limits, per, is_first);
    is_first = false;
    if (!limits) continue;
    // A line each: no name can hold the end of one.
    std::string name = decision.rule + "\n" + text_of(*limits) + "\n";
    TimePoint ends = later(session.renewable_until, kAfterLife);
    if (per) {
      const auto window =
          clock_.now().time_since_epoch() / std::chrono::duration_cast<TimePoint::duration>(*per);
      ends = TimePoint(std::chrono::duration_cast<TimePoint::duration>(*per) * (window + 1));
      name += session.caller.issuer + "\n" + session.tenant + "\n" + session.agent + "\n" +
              std::to_string(per->count()) + " " + std::to_string(window);
    } else {
      name += to_text(session.id);
    }
    charges.emplace_back(budget_of(Account(std::move(name), *limits, ends)),
                         per ? std::optional(ends) : std::nullopt);
  }
  // What a cut spends its parents spend.
  for (const Cut& cut : session.cuts) {
    if (!cut.budget) continue;
    const TimePoint ends = later(cut.ends_at, kAfterLife);
    charges.emplace_back(budget_of(Account("grant\n" + to_text(cut.id), *cut.budget, ends)), std::nullopt);
  }
  return charges;
}

std::shared_ptr<HandleBudget> RuleBudgets::budget_of(const Account& account) {
  const std::uint64_t number = number_of(account.name);
  if (std::optional<std::shared_ptr<HandleBudget>> known = known_.get(number)) return *std::move(known);
  const BudgetTerms terms(store::HandleId(number), account.limits, account.ends);
  const std::lock_guard making(making_);
  // Another caller may have made it by now: two of one kind would count apart.
  if (std::optional<std::shared_ptr<HandleBudget>> known = known_.get(number)) return *std::move(known);
  std::shared_ptr<HandleBudget> budget = budgets_.budget_of(terms, nullptr);
  known_.put(number, budget);
  return budget;
}

}  // namespace hubwarden::auth
