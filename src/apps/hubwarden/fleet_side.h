#pragma once

// What this replica shares with the others of its fleet, and the Redis in which it does; with none of it, it
// is alone.
//
//   Result<std::unique_ptr<FleetSide>> fleet = FleetSide::make(config, parts);
//   (*fleet)->start();
//   (*fleet)->tokens();            // for the engines
//   (*fleet)->budgets();           // for the handles
//   co_await (*fleet)->stop();     // after them

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "fleet/replicas.h"
#include "fleet/shared_budgets.h"
#include "fleet/shared_tokens.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "redis/listener.h"
#include "redis/single_client.h"

namespace hubwarden::apps {

class FleetSide {
 public:
  struct Parts {
    net::Executor executor;  // of the connections to Redis
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

  tokens::SharedCache& tokens() { return tokens_; }
  auth::Budgets& budgets() { return budgets_; }
  // "ok"; "degraded" while Redis is away.
  std::string state() const { return client_.is_available() ? "ok" : "degraded"; }

  void start();
  net::Task<> stop();

 private:
  FleetSide(const config::RedisServer& server, std::shared_ptr<const redis::Login> login,
            fleet::SealKeys keys, const Parts& parts);
  void heard(std::string_view message);

  Parts parts_;
  redis::SingleClient client_;
  fleet::SharedTokens tokens_;
  fleet::Replicas replicas_;
  fleet::SharedBudgets budgets_;
  std::shared_ptr<redis::Listener> listener_;
};

}  // namespace hubwarden::apps
