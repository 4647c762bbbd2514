#include "auth/spent_writer.h"

#include <vector>

#include "base/later.h"

namespace hubwarden::auth {
namespace {

constexpr Duration kStopPoll = std::chrono::milliseconds(20);

}  // namespace

// Counted before its first step, so that a stop() that comes in between waits for it all the same.
net::Task<> SpentWriter::run() {
  running_.fetch_add(1);
  return write_until_stopped();
}

net::Task<> SpentWriter::write_until_stopped() {
  for (;;) {
    const SteadyPoint next = later(parts_.clock.steady_now(), kEvery);
    const bool stopping = co_await stopping_.wait_until(parts_.timers, next);
    co_await write();
    if (stopping) break;
    co_await forget();
  }
  running_.fetch_sub(1);
}

net::Task<> SpentWriter::stop() {
  stopping_.set();
  while (running_.load() > 0) {
    const SteadyPoint soon = later(parts_.clock.steady_now(), kStopPoll);
    co_await net::sleep_until(parts_.timers, soon);
  }
}

net::Task<> SpentWriter::write() {
  for (const store::HandleSpent& spent : parts_.index.take_spent())
    unwritten_.insert_or_assign(spent.handle, spent.spent);
  while (!unwritten_.empty()) {
    std::vector<store::HandleSpent> batch;
    for (const auto& [id, spent] : unwritten_) {
      batch.emplace_back(id, spent);
      if (batch.size() == kBatch) break;
    }
    const Result<> written = co_await parts_.records.note_spent(batch);
    if (!written) {
      report(written.error());
      co_return;
    }
    for (const store::HandleSpent& spent : batch) unwritten_.erase(spent.handle);
  }
}

net::Task<> SpentWriter::forget() {
  if (parts_.clock.steady_now() < forget_at_) co_return;
  const TimePoint when = parts_.clock.now() - std::chrono::duration_cast<TimePoint::duration>(kKeptAfterEnd);
  const Result<std::size_t> forgotten = co_await parts_.records.forget_ended(when, kBatch);
  if (!forgotten) {
    report(forgotten.error());
    co_return;
  }
  // More of them are waiting: at once after the next writing.
  if (*forgotten < kBatch) forget_at_ = later(parts_.clock.steady_now(), kForgetEvery);
}

void SpentWriter::report(const Error& error) {
  parts_.log.warning("handle.records_failed", {{"error", to_string(error.code())},
                                               {"message", std::string_view(error.message())},
                                               {"unwritten", unwritten_.size()}});
}

}  // namespace hubwarden::auth
