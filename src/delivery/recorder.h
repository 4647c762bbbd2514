#pragma once

// Writes down, in the ledger, what was done for whom.
//
//   ledger::Event event = recorder.event(EventKind::kOperation, *who, request);
//   event.rule = decision.rule;
//   recorder.record(std::move(event));
//
//   Result<> may_go_on = co_await recorder.record_before(std::move(event));    // a write: no event, no write
//
// Threads: any.

#include "auth/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/handler.h"
#include "ledger/ledger.h"
#include "net/task.h"

namespace hubwarden::delivery {

class Recorder {
 public:
  // Both outlive it. `is_required`: what has to be recorded before waits until that is durable.
  Recorder(const Clock& clock, ledger::Ledger& ledger, bool is_required)
      : clock_(clock), ledger_(ledger), is_required_(is_required) {}

  bool is_required() const { return is_required_; }

  // Of somebody who has passed the gate.
  ledger::Event event(ledger::EventKind kind, const auth::Principal& who, const http::Request& request) const;
  // Of an operator.
  ledger::Event event_of_operator(ledger::EventKind kind, const http::Request& request) const;
  // Of a session that was just opened or renewed.
  ledger::Event event(ledger::EventKind kind, const auth::Session& session,
                      const http::Request& request) const;

  void record(ledger::Event event) const { ledger_.record(std::move(event)); }
  // At once where it is not required.
  net::Task<Result<>> record_before(ledger::Event event) const;

 private:
  const Clock& clock_;
  ledger::Ledger& ledger_;
  const bool is_required_;
};

}  // namespace hubwarden::delivery
