#pragma once

// What this replica shares with the others of its fleet, and the Redis in which it does; with none of it, it
// is alone.
//
//   Result<std::unique_ptr<FleetSide>> fleet = FleetSide::make(config, parts);
//   (*fleet)->shared();            // for what is between hubwarden and GitHub
//   (*fleet)->budgets();           // for the handles
//   (*fleet)->start(hear, restore);   // once it is there
//   co_await (*fleet)->stop();     // after them

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/hubwarden/fleet_parts.h"
#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "fleet/journal.h"
#include "fleet/shared_budgets.h"
#include "fleet/shared_ends.h"
#include "fleet/shared_holdings.h"
#include "fleet/shared_places.h"
#include "fleet/shared_sweep.h"
#include "fleet/shared_tokens.h"
#include "fleet/shared_used_tokens.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "redis/access.h"
#include "redis/listener.h"

namespace hubwarden::apps {

class FleetSide {
 public:
  struct Parts {
    net::Executor executor;  // for what is done in the background
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    obs::Log& log;
    obs::Metrics& metrics;
    // What of a handle is spent by the records, which are opened later.
    std::function<net::Task<std::optional<policy::BudgetSpent>>(store::HandleId)> recorded;
  };

  // For a configuration that names a Redis, which need not be there. `not_configured` for certificates and
  // keys that cannot be used.
  static Result<std::unique_ptr<FleetSide>> make(const config::Config& config, const Parts& parts);

  ~FleetSide();

  FleetParts shared();
  auth::Budgets& budgets() { return budgets_; }
  auth::UsedTokens& used_tokens() { return used_; }
  // "ok"; "degraded" while Redis is away.
  std::string state() const { return redis_.client->is_available() ? "ok" : "degraded"; }

  // `hear` is given what other replicas tell; `restore` puts there again what Redis has lost.
  void start(fleet::Journal::Hear hear, fleet::Journal::Restore restore);
  net::Task<> stop();

 private:
  FleetSide(const redis::Topology& topology, const redis::Logins& logins, fleet::SealKeys keys,
            const Parts& parts);
  redis::Server::Parts connection_parts() const;

  Parts parts_;
  const fleet::SealKeys keys_;
  // Of their own: a crowd of callers on the other loops must not make Redis look slow.
  net::Loops connections_{1};
  redis::Access redis_;
  fleet::SharedTokens tokens_;
  fleet::SharedSweep sweep_;
  fleet::SharedHoldings holdings_;
  fleet::SharedPlaces places_;
  fleet::SharedEnds ends_;
  fleet::SharedUsedTokens used_;
  fleet::Journal::Hear hear_;
  fleet::Journal::Restore restore_;
  fleet::Journal journal_;
  fleet::SharedBudgets budgets_;
  std::shared_ptr<redis::Listener> listener_;
};

}  // namespace hubwarden::apps
