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

#include "apps/hubwarden/approval_side.h"
#include "apps/hubwarden/fleet_side.h"
#include "apps/hubwarden/generation.h"
#include "apps/hubwarden/identity_side.h"
#include "apps/hubwarden/ledger_side.h"
#include "auth/handles.h"
#include "auth/memory_budgets.h"
#include "auth/revocations.h"
#include "auth/workspaces.h"
#include "base/error.h"
#include "config/config.h"
#include "delivery/revocation/withdrawals.h"
#include "http/server.h"
#include "net/loops.h"
#include "net/system_timers.h"
#include "net/tls.h"
#include "providers/calls.h"
#include "providers/registry.h"
#include "store/store.h"

namespace hubwarden::apps {

class Wiring {
 public:
  static Result<std::unique_ptr<Wiring>> start(config::Config config, obs::Log& log);
  ~Wiring();  // stops, without grace, if that has not been done

  // The ports that are listened on, in the order of the configuration.
  const std::vector<std::uint16_t>& ports() const { return ports_; }

  // Takes over what can change while running: Apps, fallback, thresholds, operator's token and permissions,
  // the routes' deadline, what the certificates' files hold. On an error everything stays as it was.
  Result<> reload(config::Config config);
  // Stops accepting, lets run what runs (limits.shutdown_grace), ends. The number of requests that were cut.
  std::size_t stop();
  // After the stop: a plugin has not returned, so this object cannot go.
  bool is_held_by_plugins() const { return held_by_plugins_; }

 private:
  class Switch;

  Wiring(config::Config config, obs::Log& log);
  SideParts side_parts() {
    return {clock_, timers_, random_, loops_, log_, metrics_, ledger_->ledger(), stops_, shared()};
  }
  FleetParts shared();
  void follow_fleet();
  void identify();
  auth::Budgets& budgets();
  Lasting routes() {
    return {health_,
            throttle_,
            *handles_,
            writes_,
            identity_->budgets(),
            approvals_->approvals(),
            ledger_->ledger(),
            *revocations_,
            *withdrawals_};
  }
  Result<> open_records();
  Result<> open_revocations();
  Result<> open_ledger();
  void open_approvals();
  Result<> load_plugins();
  Result<> join_fleet();
  void write_behind();
  Result<> listen();
  std::size_t end(Duration grace);
  Result<std::shared_ptr<GitHubSide>> github_for(const config::Config& config);
  void switch_to(const config::Config& config, std::shared_ptr<GitHubSide> github,
                 std::shared_ptr<auth::Sessions> sessions);
  void wait_for_loops();
  void clear_retired();
  void warn_of_what_is_missing(const config::Config& config);

  config::Config config_;
  obs::Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  obs::Metrics metrics_;
  net::SystemTimers timers_;
  net::Loops loops_;
  delivery::HealthRoutes health_;
  delivery::Throttle throttle_;
  delivery::Idempotency writes_{clock_, timers_};
  std::unique_ptr<providers::Calls> calls_;  // its threads are for plugins; null without any
  providers::Registry plugins_{clock_};
  bool held_by_plugins_ = false;
  tokens::Alone alone_;
  tokens::NoSharedSweep nothing_left_;
  tokens::NoSharedHoldings not_noted_;
  tokens::NoSharedPlaces nowhere_;
  tokens::NoSharedEnds own_ends_;
  auth::MemoryBudgets own_budgets_;
  auth::MemoryUsedTokens own_used_tokens_{clock_};
  std::unique_ptr<FleetSide> fleet_;  // null when alone
  std::unique_ptr<IdentitySide> identity_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<LedgerSide> ledger_;
  std::unique_ptr<ApprovalSide> approvals_;
  std::unique_ptr<auth::Workspaces> workspaces_;
  std::unique_ptr<auth::Handles> handles_;
  tokens::Stops stops_;
  std::unique_ptr<delivery::Withdrawals> withdrawals_;
  std::unique_ptr<auth::Revocations> revocations_;
  std::unique_ptr<Switch> switch_;
  std::unique_ptr<Generation> generation_;
  std::vector<std::unique_ptr<Generation>> retired_;  // those that requests may still be with
  std::shared_ptr<net::TlsServer> tls_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::uint16_t> ports_;
  bool has_ended_ = false;
};

}  // namespace hubwarden::apps
