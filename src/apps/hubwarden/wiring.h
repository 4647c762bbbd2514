#pragma once

// The one place where the parts of a running hubwarden meet.
//
//   Result<std::unique_ptr<Wiring>> hubwarden = Wiring::start(std::move(config), log);
//   …                                        // it serves
//   (*hubwarden)->reload(std::move(changed));  // SIGHUP
//   (*hubwarden)->stop();                      // SIGTERM
//
// Called from the main thread alone.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/hubwarden/generation.h"
#include "auth/workspaces.h"
#include "base/error.h"
#include "config/config.h"
#include "http/server.h"
#include "net/loops.h"
#include "net/system_timers.h"
#include "net/tls.h"
#include "store/sqlite_store.h"

namespace hubwarden::apps {

class Wiring {
 public:
  static Result<std::unique_ptr<Wiring>> start(config::Config config, obs::Log& log);
  ~Wiring();

  // The ports that are listened on, in the order of the configuration.
  const std::vector<std::uint16_t>& ports() const { return ports_; }

  // Takes over what can change while running: Apps, fallback, thresholds, operator's token, certificates. On an error
  // everything stays as it was.
  Result<> reload(config::Config config);
  // Stops accepting, lets run what runs (limits.shutdown_grace), ends. The number of requests that were cut.
  std::size_t stop();

 private:
  class Switch;

  Wiring(config::Config config, obs::Log& log);
  Result<> open_records();
  Result<> listen();
  Result<> switch_to(const config::Config& config);
  void retire(std::unique_ptr<Generation> generation);

  config::Config config_;
  obs::Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  net::SystemTimers timers_;
  net::Loops loops_;
  delivery::HealthRoutes health_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<auth::Workspaces> workspaces_;
  std::unique_ptr<Switch> switch_;
  std::unique_ptr<Generation> generation_;
  std::vector<std::unique_ptr<Generation>> retired_;
  std::shared_ptr<net::TlsServer> tls_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::uint16_t> ports_;
};

}  // namespace hubwarden::apps
