#pragma once

// What this replica does about each revocation that it hears of: takes back the tokens that it gave for what
// was revoked, and notes what came of that, for all to see.
//
//   Withdrawals withdrawals({records, holdings, clock, timers, ledger, log, metrics}, replica, executor_of);
//   withdrawals.begin([&](revocation, held) { return take_back(revocation, held); });
//   withdrawals.carry_out(revocation);                           // from any thread
//   co_await withdrawals.wait_for(revocation.id, deadline);      // until it is noted
//   co_await withdrawals.stop();

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "delivery/revocation/holders.h"
#include "ledger/ledger.h"
#include "net/event.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/revocation_records.h"
#include "tokens/withdrawer.h"

namespace hubwarden::delivery {

class Withdrawals {
 public:
  struct Parts {
    store::RevocationRecords& records;
    tokens::SharedHoldings& holdings;
    const Clock& clock;
    net::Timers& timers;
    ledger::Ledger& ledger;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  using TakeBack =
      std::function<net::Task<tokens::Withdrawn>(store::Revocation, std::vector<tokens::HeldToken>)>;
  using NextLoop = std::function<net::Executor()>;

  // All of `parts` outlive it. `replica`: by which its outcomes are known.
  Withdrawals(Parts parts, store::ReplicaId replica, NextLoop next_loop);

  Holders& holders() { return holders_; }

  // What is heard before this has been in effect since the last run, and nothing is held yet.
  void begin(TakeBack take_back);
  void carry_out(const store::Revocation& revocation);
  // Until the outcome is noted, or the deadline; at once for one that is not under way.
  net::Task<> wait_for(store::RevocationId id, SteadyPoint deadline);
  // No new ones; those under way end.
  net::Task<> stop();

  // Of what could not be taken back; more are counted.
  static constexpr std::size_t kMostTold = 100;

 private:
  using EventPtr = std::shared_ptr<net::Event>;

  net::Task<> see_through(store::Revocation revocation, EventPtr done);
  net::Task<> withdraw(store::Revocation revocation);
  void tell(const store::Revocation& revocation, const tokens::Withdrawn& withdrawn) const;

  Parts parts_;
  const store::ReplicaId replica_;
  const NextLoop next_loop_;
  Holders holders_;
  Guarded<std::shared_ptr<const TakeBack>> take_back_;
  Guarded<std::unordered_map<store::RevocationId, EventPtr>> under_way_;
  std::atomic<bool> is_stopping_{false};
  obs::CounterFamily& tokens_;
};

}  // namespace hubwarden::delivery
