#pragma once

// Where everything that happens is written down: one chain for each of the sinks.
//
//   std::vector<std::unique_ptr<Sink>> sinks;           // the first one is what record_durably() waits for
//   sinks.push_back(std::make_unique<RecordSink>(*store));
//   Ledger ledger({key, clock, timers, random, metrics, log}, std::move(sinks));
//   ledger.start(loops.next());
//   ledger.record(event);                                          // from any thread
//   Result<> recorded = co_await ledger.record_durably(event);     // on any loop: no event, no write
//   …
//   co_await ledger.stop();                                        // before the loops and the store stop
//
// Without sinks it records nothing, at once. Lifetime: what is in Parts outlives it.

#include <memory>
#include <vector>

#include "ledger/chain_writer.h"

namespace hubwarden::ledger {

class Ledger {
 public:
  struct Parts {
    SigningKey key;
    const Clock& clock;
    net::Timers& timers;
    Random& random;  // thread-safe
    obs::Metrics& metrics;
    obs::Log& log;
  };

  Ledger(Parts parts, std::vector<std::unique_ptr<Sink>> sinks);

  // Once. The writing is done there; what was recorded before is not lost.
  void start(const net::Executor& executor);
  // Writes what is there and ends the chains, if the sinks let it. Once, after start().
  net::Task<> stop();

  // Never waits, never fails: what does not fit is counted, and the chain says how much is missing.
  void record(Event event);
  // `unavailable` unless the event is in the first sink, as safe as it gets there. After a failure it may
  // come there all the same.
  net::Task<Result<>> record_durably(Event event);

  // After another program has moved files away, as at a reload.
  void reopen();

  // The first sink cannot be written at present.
  bool is_failing() const { return !writers_.empty() && writers_.front()->is_failing(); }

 private:
  obs::Log& log_;
  LedgerMetrics metrics_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<std::unique_ptr<ChainWriter>> writers_;
};

}  // namespace hubwarden::ledger
