#include "fleet/shared_budget.h"

#include <algorithm>
#include <utility>

#include "base/later.h"
#include "policy/budget_refusals.h"

namespace hubwarden::fleet {
namespace {

using policy::BudgetSpent;

class SharedLease final : public auth::CallLease {
 public:
  SharedLease(std::shared_ptr<SharedBudget> budget, std::string lease)
      : budget_(std::move(budget)), lease_(std::move(lease)) {}
  ~SharedLease() override {
    if (budget_) budget_->end(lease_, true);
  }

  net::Task<Result<>> spend(std::uint64_t bytes) override { return budget_->spend(lease_, bytes); }
  void give_back() override { std::exchange(budget_, nullptr)->end(lease_, false); }

 private:
  std::shared_ptr<SharedBudget> budget_;  // null: it was given back
  const std::string lease_;
};

Error refusal(BudgetVerdict verdict, const policy::BudgetLimits& limits) {
  switch (verdict) {
    case BudgetVerdict::kRequestsSpent: return policy::requests_spent(limits.requests());
    case BudgetVerdict::kBytesSpent: return policy::bytes_spent(limits.bytes());
    case BudgetVerdict::kSlotsInUse: return policy::slots_in_use(limits.concurrent());
    default: return policy::bytes_in_use();
  }
}

}  // namespace

SharedBudget::SharedBudget(std::shared_ptr<BudgetHub> hub, const auth::BudgetTerms& terms,
                           std::function<void()> on_change)
    : hub_(std::move(hub)),
      id_(terms.id),
      names_("handle " + store::to_text(terms.id)),
      limits_(terms.limits),
      expires_at_(terms.expires_at),
      made_at_(hub_->clock().steady_now()),
      forgotten_at_(later(made_at_, terms.expires_at - hub_->clock().now() + SharedBudgets::kMargin)),
      on_change_(std::move(on_change)),
      ledger_(terms.limits, terms.spent) {
}

template <class Step>
auto SharedBudget::change(Step step) {
  bool is_first = false;
  auto outcome = [&] {
    auto ledger = ledger_.lock();
    const BudgetSpent before = ledger->books.spent();
    auto done = step(ledger->books);
    is_first = !ledger->is_changed && ledger->books.spent() != before;
    ledger->is_changed = ledger->is_changed || is_first;
    return done;
  }();
  if (is_first && on_change_) on_change_();
  return outcome;
}

std::optional<BudgetSpent> SharedBudget::take_changed() {
  auto ledger = ledger_.lock();
  if (!std::exchange(ledger->is_changed, false)) return std::nullopt;
  return ledger->books.spent();
}

BudgetStanding SharedBudget::standing() const {
  BudgetStanding standing = ledger_.lock()->books.standing();
  standing.kept = std::max(Duration(expires_at_ - hub_->clock().now()), Duration()) + SharedBudgets::kMargin;
  standing.lease = hub_->options().lease;
  standing.replica = hub_->replica();
  return standing;
}

net::Task<Result<BudgetWord>> SharedBudget::ask_once(const Question& question,
                                                     const BudgetStanding& standing) {
  std::vector<std::string> words = question.words(standing);
  net::Task<Result<BudgetWord>> asking = hub_->ask(names_.spent(), std::move(words), question.most);
  Result<BudgetWord> word = co_await std::move(asking);
  const SteadyPoint now = hub_->clock().steady_now();
  if (!word) settled_at_.store(hub_->settled_from(now));
  const bool has_memory = word && word->verdict != BudgetVerdict::kNoMemory;
  if (!has_memory) co_return word;
  const bool is_over = is_settled();
  change([&](BudgetBooks& books) {
    books.take(*word, standing);
    question.apply(books, *word);
    if (is_over) books.end_share();
    return true;
  });
  co_return word;
}

// A memory begins with what the records say: others may have spent what is not known here. Those of a handle
// that has just been made are known.
net::Task<Result<BudgetWord>> SharedBudget::ask(Question question) {
  const bool is_new = hub_->clock().steady_now() < later(made_at_, SharedBudgets::kFresh);
  BudgetStanding first = standing();
  if (is_new && first.memory.empty()) first.new_memory = hub_->new_memory();
  net::Task<Result<BudgetWord>> asking = ask_once(question, first);
  Result<BudgetWord> word = co_await std::move(asking);
  const bool has_memory = !word || word->verdict != BudgetVerdict::kNoMemory;
  if (has_memory) co_return word;
  net::Task<> looking_up = look_up();
  co_await std::move(looking_up);
  BudgetStanding second = standing();
  second.new_memory = hub_->new_memory();
  net::Task<Result<BudgetWord>> asking_again = ask_once(question, second);
  Result<BudgetWord> again = co_await std::move(asking_again);
  const bool is_nothing = again && again->verdict == BudgetVerdict::kNoMemory;
  if (is_nothing) co_return fail(ErrorCode::kUnavailable, "Redis does not remember a budget");
  co_return again;
}

bool SharedBudget::is_settled() const {
  const SteadyPoint now = hub_->clock().steady_now();
  return now >= settled_at_.load() && hub_->is_settled(now);
}

net::Task<> SharedBudget::look_up() {
  net::Task<std::optional<BudgetSpent>> looking = hub_->recorded(id_);
  const std::optional<BudgetSpent> recorded = co_await std::move(looking);
  if (!recorded) co_return;
  change([&](BudgetBooks& books) {
    books.take_recorded(*recorded);
    return true;
  });
}

net::Task<Result<std::unique_ptr<auth::CallLease>>> SharedBudget::acquire(policy::CallKind kind, SteadyPoint,
                                                                          SteadyPoint deadline) {
  const std::shared_ptr<SharedBudget> self = shared_from_this();
  net::Task<Result<std::string>> taking = take_place(Call(kind, deadline));
  Result<std::string> lease = co_await std::move(taking);
  hub_->look_after(self);
  if (!lease) co_return std::unexpected(lease.error());
  co_return std::make_unique<SharedLease>(self, *std::move(lease));
}

net::Task<Result<std::string>> SharedBudget::take_place(Call call) {
  if (!is_settled()) {
    if (!has_share()) {
      net::Task<Result<>> telling = tell();
      [[maybe_unused]] const Result<> told = co_await std::move(telling);
    }
    net::Task<Result<std::string>> taking = take_place_alone(call);
    Result<std::string> alone = co_await std::move(taking);
    co_return alone;
  }
  const std::string lease = hub_->new_lease();
  const auto words = [this, lease](const BudgetStanding& standing) {
    return acquire_words(names_, standing, lease);
  };
  const auto apply = [lease, call](BudgetBooks& books, const BudgetWord& word) {
    if (word.verdict == BudgetVerdict::kGranted) books.add(lease, call.kind, call.deadline, word);
  };
  net::Task<Result<BudgetWord>> asking = ask(Question(policy::BudgetState::kReservation, words, apply));
  const Result<BudgetWord> word = co_await std::move(asking);
  if (!word) {
    const SteadyPoint now = hub_->clock().steady_now();
    change([&](BudgetBooks& books) {
      if (!word.error().never_sent()) books.add_unsure(lease, later(now, hub_->options().lease));
      return true;
    });
    net::Task<Result<std::string>> taking = take_place_alone(call);
    Result<std::string> alone = co_await std::move(taking);
    co_return alone;
  }
  if (word->verdict != BudgetVerdict::kGranted) co_return std::unexpected(refusal(word->verdict, limits_));
  hub_->count_lease(BudgetHub::From::kFleet);
  co_return lease;
}

// Redis is not asked: who comes here has waited for it. Before its share is cut, the replica looks once more
// for what the others spent.
net::Task<Result<std::string>> SharedBudget::take_place_alone(Call call) {
  if (!has_share()) {
    net::Task<> looking_up = look_up();
    co_await std::move(looking_up);
  }
  const std::string lease = hub_->new_lease();
  const Result<> taken = change(
      [&](BudgetBooks& books) { return books.add_alone(lease, call.kind, call.deadline, hub_->replicas()); });
  if (!taken) co_return std::unexpected(taken.error());
  hub_->count_lease(BudgetHub::From::kShare);
  co_return lease;
}

net::Task<Result<>> SharedBudget::spend(std::string lease, std::uint64_t bytes) {
  const std::shared_ptr<SharedBudget> self = shared_from_this();
  const SteadyPoint now = hub_->clock().steady_now();
  const Result<BudgetBooks::Spending> done =
      change([&](BudgetBooks& books) { return books.spend(lease, bytes, now); });
  if (!done) co_return std::unexpected(done.error());
  if (*done == BudgetBooks::Spending::kDone) co_return Result<>();
  net::Task<Result<>> extending = extend(std::move(lease), bytes);
  Result<> extended = co_await std::move(extending);
  co_return extended;
}

net::Task<Result<>> SharedBudget::extend(std::string lease, std::uint64_t bytes) {
  const auto extend_alone = [&](BudgetBooks& books) {
    return books.extend_alone(lease, bytes, hub_->replicas());
  };
  if (!is_settled()) co_return change(extend_alone);
  const auto [held, ahead] =
      change([&](BudgetBooks& books) { return std::pair(books.standing_of(lease), books.ahead_of(lease)); });
  const std::uint64_t piece = std::min(bytes, policy::BudgetLimits::kMaxBytes + 1);
  const auto words = [this, lease_held = held, piece, more = ahead](const BudgetStanding& standing) {
    return extend_words(names_, standing, lease_held, piece, more);
  };
  Result<> outcome;
  const auto apply = [&outcome, lease, bytes](BudgetBooks& books, const BudgetWord& word) {
    outcome = books.extend(lease, bytes, word);
  };
  const std::uint64_t most = std::max(held.reserved, piece + ahead);
  net::Task<Result<BudgetWord>> asking = ask(Question(most, words, apply));
  const Result<BudgetWord> word = co_await std::move(asking);
  if (!word) co_return change(extend_alone);
  co_return outcome;
}

void SharedBudget::end(const std::string& lease, bool was_sent) {
  const bool is_to_be_told = change([&](BudgetBooks& books) {
    books.end(lease, was_sent);
    return books.has_ended() || books.has_spent_alone();
  });
  hub_->look_after(shared_from_this());
  if (is_to_be_told && !is_telling_.load() && hub_->is_redis_available()) hub_->tell_soon(shared_from_this());
}

// One at a time. What ends while it tells is told in its next round.
net::Task<Result<>> SharedBudget::tell() {
  const std::shared_ptr<SharedBudget> self = shared_from_this();
  for (;;) {
    if (is_telling_.exchange(true)) co_return fail(ErrorCode::kUnavailable, "somebody else is telling");
    net::Task<Result<>> telling = tell_once();
    Result<> told = co_await std::move(telling);
    is_telling_.store(false);
    const bool has_more = change([](BudgetBooks& books) { return books.has_ended(); });
    if (!told || !has_more) co_return told;
  }
}

net::Task<Result<>> SharedBudget::tell_once() {
  const SteadyPoint now = hub_->clock().steady_now();
  const BudgetBooks::News news = change([&](BudgetBooks& books) { return books.take_news(now); });
  const auto words = [this, &news](const BudgetStanding& standing) {
    return tell_words(names_, standing, news.ended, news.living);
  };
  const auto apply = [&news](BudgetBooks& books, const BudgetWord& word) { books.told(news, word); };
  net::Task<Result<BudgetWord>> asking = ask(Question(0, words, apply));
  const Result<BudgetWord> word = co_await std::move(asking);
  if (word) co_return Result<>();
  change([](BudgetBooks& books) {
    books.not_told();
    return true;
  });
  co_return std::unexpected(word.error());
}

bool SharedBudget::is_idle(SteadyPoint now) const {
  return now >= forgotten_at_ || !ledger_.lock()->books.is_busy();
}

}  // namespace hubwarden::fleet
