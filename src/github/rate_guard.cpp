#include "github/rate_guard.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/check.h"
#include "net/event.h"

namespace hubwarden::github {
namespace {

// A closing that moves by less is left in the gauge as it is.
constexpr std::chrono::seconds kSameClosing(1);
// Tasks that are sent away only have to be resumed once more.
constexpr std::chrono::seconds kLongestStop(10);

}  // namespace

// How many tasks wait or are about to, for whoever waits until nobody does; and whether there is a guard.
struct RateDoorway {
  explicit RateDoorway(RateGuard* guard_) : guard(guard_) {}
  void leave() {
    if (--inside == 0 && is_stopping) empty.set();
  }
  std::atomic<RateGuard*> guard;
  std::atomic<std::size_t> inside{0};
  std::atomic<bool> is_stopping{false};
  net::Event empty;
};

struct RateGuard::Waiting : RateWaiter {
  using RateWaiter::RateWaiter;
  net::Event woken;
};

// What is done outside the lock.
struct RateGuard::Effects {
  Effects() = default;
  std::vector<RateWaiterPtr> settled;
  std::vector<std::shared_ptr<Closing>> closed;
  std::vector<RateClosed> news;  // the same, for other replicas
};

// A task's place in the queue, given up when the task goes, however it goes.
class RateGuard::Place {
 public:
  Place(RateGuard& guard, RateAsk ask, SteadyPoint until, net::Executor executor)
      : guard_(guard),
        waiting_(std::make_shared<Waiting>(std::move(ask), until)),
        executor_(std::move(executor)),
        doorway_(guard.doorway_) {
    ++doorway_->inside;
  }
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // The outcome, if there is one by now.
  std::optional<Result<RatePermit>> enter();
  std::optional<Result<RatePermit>> look();
  net::Task<bool> wait();

 private:
  InstallationId installation() const { return waiting_->ask.installation; }
  void enter_table(RateTable& table, Effects& effects);
  void look_into(RateTable& table, Effects& effects);
  void give_back(RateTable& table, Effects& effects);
  std::optional<Result<RatePermit>> taken();

  RateGuard& guard_;
  std::shared_ptr<Waiting> waiting_;  // also the queue's; under the table's lock
  net::Executor executor_;
  std::shared_ptr<RateDoorway> doorway_;
  RateOutcome outcome_;
  SteadyPoint wake_at_{};
  bool has_waited_ = false;
  bool is_taken_ = false;
};

void RateGuard::Place::enter_table(RateTable& table, Effects& effects) {
  const Moment now(guard_.clock_);
  RateTable::Entry* const entry = table.use(installation(), now);
  if (doorway_->is_stopping) {
    waiting_->outcome = RateRefused(RateRefusal::kStopping, Duration::zero());
  } else if (entry == nullptr) {
    waiting_->outcome = RateRefused(RateRefusal::kQueue, guard_.options_.max_wait);
  } else {
    entry->gate.enter(waiting_, now);
    wake_at_ = entry->gate.wake_at(*waiting_, now);
    guard_.note(*entry, now, effects);
  }
  outcome_ = waiting_->outcome;
}

void RateGuard::Place::look_into(RateTable& table, Effects& effects) {
  if (!waiting_->is_settled()) {
    const Moment now(guard_.clock_);
    RateTable::Entry& entry = table.of(installation());
    entry.gate.look(waiting_, now);
    wake_at_ = entry.gate.wake_at(*waiting_, now);
    guard_.note(entry, now, effects);
  }
  outcome_ = waiting_->outcome;
}

void RateGuard::Place::give_back(RateTable& table, Effects& effects) {
  if (std::holds_alternative<RateRefused>(waiting_->outcome)) return;
  const Moment now(guard_.clock_);
  RateTable::Entry& entry = table.of(installation());
  if (const auto* const ticket = std::get_if<RateTicket>(&waiting_->outcome)) {
    entry.gate.unused(*ticket);
    entry.gate.leave(now);
    guard_.counts_.in_flight.add(-1);
  } else {
    entry.gate.withdraw(waiting_);
  }
  guard_.note(entry, now, effects);
}

std::optional<Result<RatePermit>> RateGuard::Place::enter() {
  Effects effects;
  enter_table(*guard_.shard_of(installation()).lock(), effects);
  guard_.apply(effects, executor_);
  return taken();
}

std::optional<Result<RatePermit>> RateGuard::Place::look() {
  Effects effects;
  look_into(*guard_.shard_of(installation()).lock(), effects);
  guard_.apply(effects, executor_);
  return taken();
}

net::Task<bool> RateGuard::Place::wait() {
  if (!has_waited_) guard_.counts_.waiting.add(1);
  has_waited_ = true;
  return waiting_->woken.wait_until(guard_.timers_, wake_at_);
}

std::optional<Result<RatePermit>> RateGuard::Place::taken() {
  if (std::holds_alternative<std::monostate>(outcome_)) return std::nullopt;
  is_taken_ = true;
  if (const auto* const refused = std::get_if<RateRefused>(&outcome_)) {
    return std::unexpected(guard_.refuse(*refused));
  }
  guard_.counts_.admitted.at(has_waited_ ? RateWay::kWaited : RateWay::kAtOnce).add();
  if (has_waited_ && waiting_->ask.is_write) guard_.counts_.paced.add();
  return RatePermit(doorway_, installation(), std::get<RateTicket>(outcome_), executor_);
}

RateGuard::Place::~Place() {
  if (doorway_->guard == nullptr) return;
  if (has_waited_) guard_.counts_.waiting.add(-1);
  if (!is_taken_) {
    Effects effects;
    give_back(*guard_.shard_of(installation()).lock(), effects);
    guard_.apply(effects, executor_);
  }
  doorway_->leave();
}

RatePermit::RatePermit(std::shared_ptr<RateDoorway> doorway, InstallationId installation, RateTicket ticket,
                       net::Executor executor)
    : doorway_(std::move(doorway)),
      installation_(installation),
      ticket_(ticket),
      executor_(std::move(executor)) {
}

RatePermit& RatePermit::operator=(RatePermit&& other) noexcept {
  std::swap(doorway_, other.doorway_);
  std::swap(installation_, other.installation_);
  std::swap(ticket_, other.ticket_);
  std::swap(executor_, other.executor_);
  std::swap(is_answered_, other.is_answered_);
  return *this;
}

RatePermit::~RatePermit() {
  RateGuard* const guard = doorway_ ? doorway_->guard.load() : nullptr;
  if (guard != nullptr) guard->release(*this);
}

Result<> RatePermit::answered(int status, const http::Fields& fields, const Result<>& meaning) {
  HW_CHECK(doorway_ != nullptr && !is_answered_);
  is_answered_ = true;
  RateGuard* const guard = doorway_->guard;
  return guard != nullptr ? guard->answered(*this, RateAnswer(status, fields, meaning)) : meaning;
}

RateGuard::RateGuard(Parts parts, RateOptions options)
    : clock_(parts.clock),
      timers_(parts.timers),
      counts_(parts.metrics),
      options_(options),
      doorway_(std::make_shared<RateDoorway>(this)) {
  HW_CHECK(options_.max_in_flight > 0 && options_.max_installations > 0);
  const std::size_t each = std::max<std::size_t>(options_.max_installations / kShards, 1);
  for (auto& shard : shards_) shard = std::make_unique<Shard>(options_, each);
}

RateGuard::~RateGuard() {
  doorway_->guard = nullptr;
  for (const auto& shard : shards_) {
    auto table = shard->lock();
    for (const RateTable::Entry& entry : table->entries()) end_all(entry.closings);
  }
}

net::Task<Result<RatePermit>> RateGuard::admit(RateAsk ask) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const SteadyPoint longest = after(clock_.steady_now(), options_.max_wait);
  const SteadyPoint until = std::min(ask.deadline, longest);
  Place place(*this, std::move(ask), until, executor);
  std::optional<Result<RatePermit>> outcome = place.enter();
  while (!outcome) {
    net::Task<bool> woken = place.wait();
    [[maybe_unused]] const bool is_settled = co_await std::move(woken);
    outcome = place.look();
  }
  co_return std::move(*outcome);
}

net::Task<> RateGuard::stop() {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const std::shared_ptr<RateDoorway> doorway = doorway_;
  doorway->is_stopping = true;
  for (const auto& shard : shards_) send_away(*shard, executor);
  if (doorway->inside == 0) co_return;
  const SteadyPoint until = after(clock_.steady_now(), kLongestStop);
  net::Task<bool> emptied = doorway->empty.wait_until(timers_, until);
  [[maybe_unused]] const bool is_empty = co_await std::move(emptied);
}

void RateGuard::send_away(Shard& shard, const net::Executor& executor) {
  Effects effects;
  {
    auto table = shard.lock();
    for (RateTable::Entry& entry : table->entries()) {
      entry.gate.stop();
      note(entry, Moment(clock_), effects);
    }
  }
  apply(effects, executor);
}

Result<> RateGuard::answered(RatePermit& permit, const RateAnswer& answer) {
  if (!answer.meaning && answer.meaning.error().code() == ErrorCode::kRateLimited) {
    const bool is_primary = answer.meaning.error().limit() == Limit::kPrimary;
    counts_.limits.at(is_primary ? RateDoor::kPrimary : RateDoor::kSecondary).add();
  }
  Effects effects;
  Result<> meaning;
  {
    auto table = shard_of(permit.installation_).lock();
    const Moment now(clock_);
    RateTable::Entry& entry = table->of(permit.installation_);
    meaning = entry.gate.answered(permit.ticket_, answer, now);
    note(entry, now, effects);
  }
  apply(effects, permit.executor_);
  return meaning;
}

void RateGuard::hear(const RateClosed& closed, const net::Executor& executor) {
  Effects effects;
  {
    auto table = shard_of(closed.installation).lock();
    const Moment now(clock_);
    RateTable::Entry* const entry = table->use(closed.installation, now);
    if (entry == nullptr) return;
    entry->gate.hear(closed, now);
    note(*entry, now, effects);
  }
  effects.news.clear();  // they have it
  apply(effects, executor);
}

void RateGuard::release(RatePermit& permit) {
  counts_.in_flight.add(-1);
  Effects effects;
  {
    auto table = shard_of(permit.installation_).lock();
    const Moment now(clock_);
    RateTable::Entry& entry = table->of(permit.installation_);
    if (!permit.is_answered_) entry.gate.lost(permit.ticket_);
    entry.gate.leave(now);
    note(entry, now, effects);
  }
  apply(effects, permit.executor_);
}

// What a gate did while it was looked at: whom it settled, what it closed or opened.
void RateGuard::note(RateTable::Entry& entry, Moment now, Effects& effects) {
  for (RateWaiterPtr& settled : entry.gate.take_settled()) {
    if (std::holds_alternative<RateTicket>(settled->outcome)) counts_.in_flight.add(1);
    effects.settled.push_back(std::move(settled));
  }
  entry.closings.resize(entry.gate.doors());
  for (std::size_t door = 0; door < entry.closings.size(); ++door) {
    std::shared_ptr<Closing>& closing = entry.closings[door];
    const std::optional<SteadyPoint> until = entry.gate.closed_until(door, now);
    if (closing && until && std::chrono::abs(closing->until() - *until) <= kSameClosing) continue;
    if (closing) closing->end();
    closing.reset();
    if (!until) continue;
    obs::Gauge& gauge = counts_.closed.at(door == 0 ? RateDoor::kSecondary : RateDoor::kPrimary);
    closing = std::make_shared<Closing>(gauge, *until);
    effects.closed.push_back(closing);
    const TimePoint told =
        now.calendar + std::chrono::duration_cast<TimePoint::duration>(*until - now.steady);
    effects.news.emplace_back(entry.installation, std::string(entry.gate.resource_of(door)), told);
  }
}

void RateGuard::apply(const Effects& effects, const net::Executor& executor) {
  for (const RateWaiterPtr& settled : effects.settled) static_cast<Waiting&>(*settled).woken.set();
  for (const std::shared_ptr<Closing>& closing : effects.closed) {
    timers_.call_at(executor, closing->until(), [closing] { closing->end(); });
  }
  for (const RateClosed& closed : effects.news) on_closed_(closed);
}

Error RateGuard::refuse(RateRefused refusal) {
  counts_.refused.at(refusal.reason).add();
  return refused(refusal.reason, refusal.wait);
}

}  // namespace hubwarden::github
