#pragma once

// What the token engine does, as log events and metrics; its mints, and the ends of its tokens, in the
// ledger.

#include <optional>

#include "base/clock.h"
#include "ledger/ledger.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "tokens/ending.h"
#include "tokens/engine_events.h"

namespace hubwarden::apps {

class Telemetry final : public tokens::EngineEvents, public tokens::EndEvents {
 public:
  Telemetry(const Clock& clock, ledger::Ledger& ledger, obs::Log& log, obs::Metrics& metrics);

  void minted(const tokens::Scope& scope, const tokens::Token& token, Duration took) override;
  void mint_failed(const tokens::Scope& scope, const Error& error) override;
  void served_stale(const tokens::Scope& scope, const tokens::Token& token) override;
  void forgotten(const tokens::Scope& scope, const tokens::Token& token) override;
  void ended(const tokens::Ending& ending) override;
  void end_failed(const tokens::Ending& ending, const Error& error) override;
  void end_given_up(const tokens::Ending& ending) override;
  // GitHub's `Date` has moved what is added to this machine's clock.
  void clock_corrected(Duration by);

 private:
  enum class End { kRevoked, kFailed, kGivenUp };

  void record(const tokens::Scope& scope, ledger::Event event) const;
  void record(const tokens::Ending& ending, std::optional<ErrorCode> error) const;

  const Clock& clock_;
  ledger::Ledger& ledger_;
  obs::Log& log_;
  obs::Counter& mints_;
  obs::CounterFamily& failures_;
  obs::CounterFamily& errors_;
  obs::Histogram& duration_;
  obs::Counter& stale_;
  obs::Counter& forgotten_;
  obs::CounterFamily& ends_;
  obs::Counter& corrections_;
};

}  // namespace hubwarden::apps
