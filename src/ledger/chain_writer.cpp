#include "ledger/chain_writer.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/later.h"

namespace hubwarden::ledger {
namespace {

constexpr Duration kStopPoll = std::chrono::milliseconds(20);
// Nothing is due: until somebody comes. An hour, for no reason but that it is a time.
constexpr Duration kLong = std::chrono::hours(1);

std::unexpected<Error> not_recorded() {
  return std::unexpected(Error(ErrorCode::kUnavailable, "the ledger cannot be written")
                             .with_retry_after(std::chrono::seconds(1)));
}

}  // namespace

ChainWriter::ChainWriter(Parts parts)
    : parts_(std::move(parts)), queue_(parts_.clock), chain_(ReplicaId(parts_.random.next()), parts_.key) {
}

void ChainWriter::record(Event event) {
  if (!queue_.push(std::move(event))) parts_.metrics.lost.add();
}

net::Task<Result<>> ChainWriter::record_durably(Event event) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  if (is_failing_.load()) co_return not_recorded();
  const auto waiter = std::make_shared<net::OneShot<bool>>(executor);
  if (!queue_.push(std::move(event), waiter)) co_return not_recorded();
  const SteadyPoint deadline = later(parts_.clock.steady_now(), kPatience);
  const std::optional<bool> is_written = co_await waiter->wait_until(parts_.timers, deadline);
  if (!is_written.value_or(false)) co_return not_recorded();
  co_return Result<>();
}

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> ChainWriter::run() {
  running_.fetch_add(1);
  return write_until_stopped();
}

net::Task<> ChainWriter::stop() {
  queue_.stop();
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(parts_.clock.steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
}

net::Task<> ChainWriter::write_until_stopped() {
  std::size_t unwritten = 0;
  bool goes_on = co_await begin();
  while (goes_on) {
    co_await wait_for_load();
    EventQueue::Taken taken = queue_.take();
    const std::vector<Body> bodies = next_bodies(taken);
    if (bodies.empty()) continue;
    const store::LedgerSegment segment = chain_.extend(bodies);
    const bool is_written = co_await write(segment, taken.waiters);
    goes_on = is_written && !taken.is_last;
    if (is_written) {
      parts_.metrics.recorded.add(taken.events.size());
    } else {
      unwritten += taken.events.size();
    }
  }
  queue_.fail_waiters();
  unwritten += queue_.size();
  if (unwritten > 0) parts_.log.error("ledger.unwritten", {{"events", unwritten}});
  running_.fetch_sub(1);
}

// The start of the chain is a segment of its own: it is there before anything that it has to be there for.
net::Task<bool> ChainWriter::begin() {
  for (int failures = 1;; ++failures) {
    const bool was_stopping = stopping_.is_set();
    const Result<std::vector<LedgerHead>> heads = co_await parts_.sink.heads(ChainStarted::kMaxHeads);
    if (heads) {
      std::vector<LedgerHead> known = *heads;
      std::ranges::sort(known, {}, &LedgerHead::replica);
      const std::vector<Body> bodies(1, ChainStarted(parts_.clock.now(), std::move(known)));
      const store::LedgerSegment segment = chain_.extend(bodies);
      const std::vector<Waiter> nobody;
      const bool is_begun = co_await write(segment, nobody);
      signed_at_ = parts_.clock.steady_now();
      co_return is_begun;
    }
    failed(heads.error());
    const bool goes_on = co_await pause(failures, was_stopping);
    if (!goes_on) co_return false;
  }
}

net::Task<> ChainWriter::wait_for_load() {
  for (;;) {
    auto watched = queue_.watch();
    watched.first.unsigned_records = chain_.unsigned_records();
    watched.first.signed_at = signed_at_;
    const SteadyPoint now = parts_.clock.steady_now();
    const SteadyPoint due = write_at(watched.first).value_or(later(now, kLong));
    if (due <= now) co_return;
    co_await watched.second->wait_until(parts_.timers, due);
  }
}

// What was taken, and what the chain has to say of itself.
std::vector<Body> ChainWriter::next_bodies(EventQueue::Taken& taken) {
  std::vector<Body> bodies;
  bodies.reserve(taken.events.size() + 2);
  for (Event& event : taken.events) bodies.emplace_back(std::move(event));
  if (taken.lost > 0) bodies.emplace_back(EventsLost(parts_.clock.now(), taken.lost));
  const SteadyPoint now = parts_.clock.steady_now();
  if (taken.is_last) {
    bodies.emplace_back(ChainEnded(parts_.clock.now()));
  } else if (chain_.unsigned_records() + bodies.size() > 0 && now >= later(signed_at_, kSignWithin)) {
    bodies.emplace_back(Checkpoint(parts_.clock.now()));
    signed_at_ = now;
  }
  return bodies;
}

net::Task<bool> ChainWriter::write(const store::LedgerSegment& segment, const std::vector<Waiter>& waiters) {
  for (int failures = 1;; ++failures) {
    const bool was_stopping = stopping_.is_set();
    const SteadyPoint begun = parts_.clock.steady_now();
    const Result<> written = co_await parts_.sink.append(segment);
    if (written) {
      parts_.metrics.commits.observe(Duration(parts_.clock.steady_now() - begun));
      works_again();
      for (const Waiter& each : waiters) each->set(true);
      co_return true;
    }
    failed(written.error());
    // Only the first answer counts: those who were told no hear nothing of a later success.
    for (const Waiter& each : waiters) each->set(false);
    const bool goes_on = co_await pause(failures, was_stopping);
    if (!goes_on) co_return false;
  }
}

net::Task<bool> ChainWriter::pause(int failures, bool was_stopping) {
  if (was_stopping) co_return false;
  const SteadyPoint next = later(parts_.clock.steady_now(), kBackoff.pause(failures, parts_.random));
  co_await stopping_.wait_until(parts_.timers, next);
  co_return true;
}

void ChainWriter::failed(const Error& error) {
  parts_.metrics.failures.add();
  // First, so that nobody begins to wait who is not told.
  const bool is_news = !is_failing_.exchange(true);
  queue_.fail_waiters();
  if (!is_news) return;
  parts_.log.error("ledger.failing", {{"error", to_string(error.code())},
                                      {"message", std::string_view(error.message())},
                                      {"queued", queue_.size()}});
}

void ChainWriter::works_again() {
  if (is_failing_.exchange(false)) parts_.log.info("ledger.works_again", {{"queued", queue_.size()}});
}

}  // namespace hubwarden::ledger
