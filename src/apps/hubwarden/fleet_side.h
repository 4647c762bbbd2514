#pragma once

// What this replica shares with the others of its fleet, and the Redis in which it does; with none of it, it
// is alone.
//
//   Result<std::unique_ptr<FleetSide>> fleet = FleetSide::make(config, parts);
//   (*fleet)->shared();            // for what is between hubwarden and GitHub
//   (*fleet)->start(hear);         // once it is there
//   co_await (*fleet)->stop();     // after them

#include <memory>
#include <string>

#include "apps/hubwarden/fleet_parts.h"
#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "fleet/journal.h"
#include "fleet/shared_places.h"
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
  };

  // For a configuration that names a Redis, which need not be there. `not_configured` for certificates and
  // keys that cannot be used.
  static Result<std::unique_ptr<FleetSide>> make(const config::Config& config, const Parts& parts);

  FleetParts shared();
  // "ok"; "degraded" while Redis is away.
  std::string state() const { return client_.is_available() ? "ok" : "degraded"; }

  // `hear` is given what other replicas tell.
  void start(fleet::Journal::Hear hear);
  net::Task<> stop();

 private:
  FleetSide(const config::RedisServer& server, std::shared_ptr<const redis::Login> login,
            fleet::SealKeys keys, const Parts& parts);

  Parts parts_;
  const fleet::SealKeys keys_;
  redis::SingleClient client_;
  fleet::SharedTokens tokens_;
  fleet::SharedPlaces places_;
  fleet::Journal::Hear hear_;
  fleet::Journal journal_;
  std::shared_ptr<redis::Listener> listener_;
};

}  // namespace hubwarden::apps
