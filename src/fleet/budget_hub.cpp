#include "fleet/budget_hub.h"

#include <array>
#include <utility>

#include "base/later.h"
#include "base/text.h"
#include "fleet/shared_budget.h"
#include "net/loops.h"
#include "redis/codec.h"

namespace hubwarden::fleet {
namespace {

// Two may fail before a lease ends.
constexpr int kRenewals = 3;
// After it a Redis that was away is tried again, by whoever has something to tell.
constexpr Duration kComeback = std::chrono::milliseconds(1500);
constexpr Duration kStopPoll = std::chrono::milliseconds(5);
// For what is still to be told at the end. Redis drops by itself what it is not told of.
constexpr Duration kLastWords = std::chrono::seconds(2);

std::string name_from(Random& random) {
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  return hex(bytes);
}

}  // namespace

BudgetHub::BudgetHub(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(options),
      replica_(name_from(parts_.random)),
      leases_(parts_.metrics.counters("hubwarden_budget_leases_total",
                                      "Calls that were given a place in their handle's budget, by where",
                                      {{"from", {"fleet", "share"}}})) {
}

SteadyPoint BudgetHub::settled_from(SteadyPoint now) const {
  return later(now, options_.lease / kRenewals + kComeback);
}

std::string BudgetHub::random_name() {
  return name_from(parts_.random);
}

net::Task<Result<BudgetWord>> BudgetHub::ask(std::string key, std::vector<std::string> words,
                                             std::uint64_t most) {
  const std::shared_ptr<BudgetHub> self = shared_from_this();
  const std::vector<std::string_view> views(words.begin(), words.end());
  std::string command = redis::command_text(views);
  net::Task<Result<redis::Reply>> asking = parts_.redis.ask(std::move(key), std::move(command));
  const Result<redis::Reply> reply = co_await std::move(asking);
  const SteadyPoint now = clock().steady_now();
  if (!reply && !is_redis_available()) settled_at_.store(settled_from(now));
  if (!reply) co_return std::unexpected(reply.error());
  co_return read_word(*reply, most);
}

void BudgetHub::look_after(std::shared_ptr<SharedBudget> budget) {
  auto busy = busy_.lock();
  if (!is_stopping_.load()) busy->insert(std::move(budget));
}

void BudgetHub::tell_soon(std::shared_ptr<SharedBudget> budget) {
  if (!is_stopping_.load()) spawn(tell(std::move(budget)));
}

net::Task<> BudgetHub::tell(std::shared_ptr<SharedBudget> budget) {
  net::Task<Result<>> telling = budget->tell();
  [[maybe_unused]] const Result<> told = co_await std::move(telling);
}

void BudgetHub::spawn(net::Task<> task) {
  running_.fetch_add(1);
  net::spawn(parts_.executor, counted(shared_from_this(), std::move(task)), [](std::exception_ptr) {});
}

net::Task<> BudgetHub::counted(std::shared_ptr<BudgetHub> hub, net::Task<> task) {
  co_await std::move(task);
  hub->running_.fetch_sub(1);
}

void BudgetHub::start() {
  spawn(look_after_all(shared_from_this()));
}

net::Task<> BudgetHub::look_after_all(std::shared_ptr<BudgetHub> hub) {
  const Duration renewal = hub->options_.lease / kRenewals;
  for (;;) {
    const SteadyPoint next = later(hub->clock().steady_now(), renewal);
    const bool stopping = co_await hub->stopping_.wait_until(hub->parts_.timers, next);
    if (stopping) co_return;
    net::Task<> telling = hub->tell_all(later(next, renewal));
    co_await std::move(telling);
  }
}

net::Task<> BudgetHub::tell_all(SteadyPoint deadline) {
  std::vector<std::shared_ptr<SharedBudget>> all;
  {
    auto busy = busy_.lock();
    const SteadyPoint now = clock().steady_now();
    std::erase_if(*busy, [now](const std::shared_ptr<SharedBudget>& each) { return each->is_idle(now); });
    all.assign(busy->begin(), busy->end());
  }
  for (const std::shared_ptr<SharedBudget>& budget : all) {
    if (clock().steady_now() >= deadline) co_return;
    net::Task<Result<>> telling = budget->tell();
    // It costs nothing while Redis is away, and a part of a cluster may be there.
    [[maybe_unused]] const Result<> told = co_await std::move(telling);
  }
}

net::Task<> BudgetHub::stop() {
  const std::shared_ptr<BudgetHub> self = shared_from_this();
  is_stopping_.store(true);
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(clock().steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
  net::Task<> telling = tell_all(later(clock().steady_now(), kLastWords));
  co_await std::move(telling);
  let_all_go();
}

void BudgetHub::cut() {
  is_stopping_.store(true);
  stopping_.set();
  let_all_go();
}

void BudgetHub::let_all_go() {
  Busy all;
  busy_.lock()->swap(all);
}

}  // namespace hubwarden::fleet
