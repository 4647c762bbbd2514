#pragma once

// What the ledger counts.

#include "obs/metrics.h"

namespace hubwarden::ledger {

struct LedgerMetrics {
  explicit LedgerMetrics(obs::Metrics& metrics)
      : recorded(metrics.counter("hubwarden_ledger_events_total", "Events that were written to the ledger")),
        lost(
            metrics.counter("hubwarden_ledger_events_lost_total", "Events for which the ledger had no room")),
        failures(metrics.counter("hubwarden_ledger_failures_total",
                                 "Attempts to write to the ledger that failed")),
        commits(metrics.histogram("hubwarden_ledger_commit_seconds",
                                  "From the attempt to write events to their being safe",
                                  obs::latency_bounds())) {}

  obs::Counter& recorded;
  obs::Counter& lost;
  obs::Counter& failures;
  obs::Histogram& commits;
};

}  // namespace hubwarden::ledger
