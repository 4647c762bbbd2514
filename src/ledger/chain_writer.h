#pragma once

// Writes one chain into one sink, behind those who record.
//
//   ChainWriter writer({sink, key, clock, timers, random, counts, log});
//   net::spawn(loop, writer.run(), on_failure);
//   writer.record(event);                                          // from any thread
//   Result<> recorded = co_await writer.record_durably(event);     // on any loop
//   …
//   co_await writer.stop();     // with everything written and the chain ended, if the sink lets it
//
// All that waits is written in one go. While the sink fails, what is recorded waits in a bounded queue and is
// tried again with growing pauses; whoever waits for it is refused at once.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/random.h"
#include "ledger/chain.h"
#include "ledger/event_queue.h"
#include "ledger/ledger_metrics.h"
#include "ledger/sink.h"
#include "obs/log.h"

namespace hubwarden::ledger {

class ChainWriter {
 public:
  struct Parts {
    Sink& sink;
    SigningKey key;
    const Clock& clock;
    net::Timers& timers;
    Random& random;  // thread-safe
    LedgerMetrics& metrics;
    obs::Log& log;
  };

  explicit ChainWriter(Parts parts);
  ChainWriter(const ChainWriter&) = delete;
  ChainWriter& operator=(const ChainWriter&) = delete;

  // Never waits. What does not fit is counted, and the chain says so.
  void record(Event event);
  // `unavailable` if it is not known to be written within kPatience; it may be, later.
  net::Task<Result<>> record_durably(Event event);

  // Until stop(), which waits for it: a task that was made must be run.
  net::Task<> run();
  net::Task<> stop();

  bool is_failing() const { return is_failing_.load(); }
  ReplicaId replica() const { return chain_.replica(); }

  // Of a caller who would not go on without it.
  static constexpr Duration kPatience = std::chrono::seconds(5);
  static constexpr Backoff kBackoff = {std::chrono::milliseconds(100), std::chrono::seconds(2)};

 private:
  net::Task<> write_until_stopped();
  net::Task<bool> begin();
  net::Task<> wait_for_load();
  net::Task<bool> write(const store::LedgerSegment& segment, const std::vector<Waiter>& waiters);
  // After a failure. False: there will be no other try.
  net::Task<bool> pause(int failures, bool was_stopping);
  std::vector<Body> next_bodies(EventQueue::Taken& taken);
  void failed(const Error& error);
  void works_again();

  Parts parts_;
  EventQueue queue_;
  Chain chain_;              // run()'s alone
  SteadyPoint signed_at_{};  // run()'s alone
  std::atomic<bool> is_failing_{false};
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::ledger
