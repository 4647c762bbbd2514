#pragma once

// One handle's budget, shared by the fleet. For shared_budgets.cpp; budget_books.h does the thinking.
//
// Threads: any. Kept by its principal, its leases, and the hub while it has something to tell.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/budgets.h"
#include "base/guarded.h"
#include "fleet/budget_books.h"
#include "fleet/budget_hub.h"

namespace hubwarden::fleet {

class SharedBudget final : public auth::HandleBudget, public std::enable_shared_from_this<SharedBudget> {
 public:
  SharedBudget(std::shared_ptr<BudgetHub> hub, const auth::BudgetTerms& terms,
               std::function<void()> on_change);

  net::Task<Result<std::unique_ptr<auth::CallLease>>> acquire(policy::CallKind kind, SteadyPoint now,
                                                              SteadyPoint deadline) override;
  const policy::BudgetLimits& limits() const override { return limits_; }
  policy::BudgetSpent spent() const override { return ledger_.lock()->books.spent(); }
  std::size_t in_flight() const override { return ledger_.lock()->books.in_flight(); }
  std::optional<policy::BudgetSpent> take_changed() override;

  // For its leases.
  net::Task<Result<>> spend(std::string lease, std::uint64_t bytes);
  void end(const std::string& lease, bool was_sent);

  // For the hub. Tells Redis all that there is to tell; an error when it could not be told.
  net::Task<Result<>> tell();
  // Nothing is left to be told, or Redis has forgotten the handle by now.
  bool is_idle(SteadyPoint now) const;

 private:
  struct Question {
    using Words = std::function<std::vector<std::string>(const BudgetStanding&)>;
    using Apply = std::function<void(BudgetBooks&, const BudgetWord&)>;
    Question(std::uint64_t most_, Words words_, Apply apply_)
        : most(most_), words(std::move(words_)), apply(std::move(apply_)) {}

    std::uint64_t most;  // see read_word()
    Words words;         // of one script, for the standing of the moment
    Apply apply;         // what else the answer means, in the same step as what it says of all
  };

  struct Ledger {
    Ledger(const policy::BudgetLimits& limits, policy::BudgetSpent recorded) : books(limits, recorded) {}
    BudgetBooks books;
    bool is_changed = false;
  };
  struct Call {
    Call(policy::CallKind kind_, SteadyPoint deadline_) : kind(kind_), deadline(deadline_) {}
    policy::CallKind kind;
    SteadyPoint deadline;
  };

  // Does `step` on the books under their lock, and tells of the first change after it.
  template <class Step>
  auto change(Step step);
  BudgetStanding standing() const;
  // Until the answer is in the books.
  net::Task<Result<BudgetWord>> ask(Question question);
  net::Task<Result<BudgetWord>> ask_once(const Question& question, const BudgetStanding& standing);
  // Redis answers, and what others did without it is told.
  bool is_settled() const;
  bool has_share() const { return ledger_.lock()->books.has_share(); }
  // What the records say, if that is news.
  net::Task<> look_up();
  net::Task<Result<std::string>> take_place(Call call);
  net::Task<Result<std::string>> take_place_alone(Call call);
  net::Task<Result<>> extend(std::string lease, std::uint64_t bytes);
  net::Task<Result<>> tell_once();

  const std::shared_ptr<BudgetHub> hub_;
  const store::HandleId id_;
  const KeyNames names_;
  const policy::BudgetLimits limits_;
  const TimePoint expires_at_;
  const SteadyPoint made_at_;
  const SteadyPoint forgotten_at_;
  const std::function<void()> on_change_;
  mutable Guarded<Ledger> ledger_;
  std::atomic<bool> is_telling_{false};
  std::atomic<SteadyPoint> settled_at_{SteadyPoint()};
};

}  // namespace hubwarden::fleet
