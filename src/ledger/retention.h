#pragma once

// Deletes what is older than it has to be kept, from the beginnings of chains, and signs for it: what begins
// later than it should is a hole without that.
//
//   Retention retention({*store, key, clock, timers, log}, std::chrono::days(90));
//   net::spawn(loop, retention.run(), on_failure);
//   …
//   co_await retention.stop();
//
// Replicas may do it at the same time. Threads: run() on one loop; stop() from any.

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "ledger/keys.h"
#include "net/event.h"
#include "net/timers.h"
#include "obs/log.h"
#include "store/ledger_records.h"

namespace hubwarden::ledger {

class Retention {
 public:
  struct Parts {
    store::LedgerRecords& records;
    SigningKey key;
    const Clock& clock;
    net::Timers& timers;
    obs::Log& log;
  };

  Retention(Parts parts, Duration keep) : parts_(std::move(parts)), keep_(keep) {}
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  // Until stop(), which waits for it: a task that was made must be run.
  net::Task<> run();
  net::Task<> stop();

  // One batch; whether there may be more to delete.
  net::Task<Result<bool>> prune();

  static constexpr Duration kEvery = std::chrono::minutes(10);
  // Between batches, so that others have their turn.
  static constexpr Duration kPause = std::chrono::milliseconds(200);
  // Segments: some milliseconds of the records' thread.
  static constexpr std::size_t kBatch = 64;

 private:
  net::Task<> prune_until_stopped();

  Parts parts_;
  const Duration keep_;
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::ledger
