#pragma once

// The ledger of a running hubwarden: its sinks, what it forgets, and when.
//
//   Result<std::unique_ptr<LedgerSide>> side = LedgerSide::make(config, parts);
//   (*side)->start();
//   (*side)->ledger().record(event);
//   co_await (*side)->stop();         // after everything that records, before the store

#include <memory>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "ledger/file_sink.h"
#include "ledger/ledger.h"
#include "ledger/retention.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/ledger_records.h"

namespace hubwarden::apps {

class LedgerSide {
 public:
  struct Parts {
    store::LedgerRecords& records;
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    obs::Log& log;
    obs::Metrics& metrics;
  };

  // `not_configured` without a secret to sign with; `unavailable` for a file that cannot be written. All of
  // `parts` outlive it.
  static Result<std::unique_ptr<LedgerSide>> make(const config::Config& config, const Parts& parts);

  ~LedgerSide();

  ledger::Ledger& ledger() { return *ledger_; }
  // "ok"; "degraded" while what has to be recorded cannot be.
  std::string state() const { return ledger_->is_failing() ? "degraded" : "ok"; }

  void start();
  // The file's name may lead to another one by now.
  void reopen();
  net::Task<> stop();

 private:
  explicit LedgerSide(obs::Log& log) : log_(log) {}

  obs::Log& log_;
  // Of its own: what is hashed and signed there holds up no caller.
  net::Loops loop_{1};
  std::unique_ptr<ledger::Ledger> ledger_;
  ledger::FileSink* file_ = nullptr;              // one of the ledger's
  std::unique_ptr<ledger::Retention> retention_;  // null: everything is kept
};

}  // namespace hubwarden::apps
