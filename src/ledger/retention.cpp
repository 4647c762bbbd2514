#include "ledger/retention.h"

#include <utility>
#include <vector>

#include "base/later.h"
#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

constexpr Duration kStopPoll = std::chrono::milliseconds(20);

TimePoint before(TimePoint from, Duration by) {
  return from - std::chrono::duration_cast<TimePoint::duration>(by);
}

}  // namespace

net::Task<Result<bool>> Retention::prune() {
  const TimePoint now = parts_.clock.now();
  const Result<std::vector<store::LedgerHead>> old =
      co_await parts_.records.prunable(before(now, keep_), kBatch);
  if (!old) co_return std::unexpected(old.error());
  if (!old->empty()) {
    std::vector<store::LedgerBeginning> beginnings;
    for (const store::LedgerHead& head : *old) {
      Pruned pruned(head, now);
      std::string statement = seal(pruned, parts_.key);
      statement += '\n';
      beginnings.emplace_back(head, now, std::move(statement));
    }
    const Result<> pruned = co_await parts_.records.prune(std::move(beginnings));
    if (!pruned) co_return std::unexpected(pruned.error());
    co_return true;
  }
  // Whoever names a chain that is gone started before it was, and is gone after as long again.
  const Result<> forgotten = co_await parts_.records.forget_beginnings(before(now, 2 * keep_));
  if (!forgotten) co_return std::unexpected(forgotten.error());
  co_return false;
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> Retention::run() {
  running_.fetch_add(1);
  return prune_until_stopped();
}

net::Task<> Retention::prune_until_stopped() {
  bool is_stopping = stopping_.is_set();
  while (!is_stopping) {
    const Result<bool> pruned = co_await prune();
    if (!pruned) {
      parts_.log.warning("ledger.retention_failed",
                         {{"error", to_string(pruned.error().code())},
                          {"message", std::string_view(pruned.error().message())}});
    }
    const bool has_more = pruned.value_or(false);
    const SteadyPoint next = later(parts_.clock.steady_now(), has_more ? kPause : kEvery);
    is_stopping = co_await stopping_.wait_until(parts_.timers, next);
  }
  running_.fetch_sub(1);
}

net::Task<> Retention::stop() {
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(parts_.clock.steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
}

}  // namespace hubwarden::ledger
