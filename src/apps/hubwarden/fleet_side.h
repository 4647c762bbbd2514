#pragma once

// What this replica shares with the others of its fleet, and the Redis in which it does; with none of it, it
// is alone.
//
//   Result<std::unique_ptr<FleetSide>> fleet = FleetSide::make(config, parts);
//   (*fleet)->start();
//   (*fleet)->tokens();            // for the engines
//   co_await (*fleet)->stop();     // after them

#include <memory>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "fleet/shared_tokens.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "redis/access.h"
#include "redis/listener.h"

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
  };

  // For a configuration that names a Redis, which need not be there. `not_configured` for certificates and
  // keys that cannot be used.
  static Result<std::unique_ptr<FleetSide>> make(const config::Config& config, const Parts& parts);

  tokens::SharedCache& tokens() { return tokens_; }
  // "ok"; "degraded" while Redis is away.
  std::string state() const { return redis_.client->is_available() ? "ok" : "degraded"; }

  void start();
  net::Task<> stop();

 private:
  FleetSide(redis::Access access, std::shared_ptr<const redis::Login> login, fleet::SealKeys keys,
            const Parts& parts);

  Parts parts_;
  redis::Access redis_;
  fleet::SharedTokens tokens_;
  std::shared_ptr<redis::Listener> listener_;
};

}  // namespace hubwarden::apps
