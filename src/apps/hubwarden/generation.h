#pragma once

// Everything that a configuration decides about answering requests: who the operator is, which Apps there
// are, the routes. A reload makes a new one and puts it in the old one's place; what the old one was asked,
// it finishes.

#include <atomic>
#include <memory>

#include "apps/hubwarden/github_side.h"
#include "auth/admin_credential.h"
#include "auth/approvals.h"
#include "auth/handles.h"
#include "auth/revocations.h"
#include "auth/rule_budgets.h"
#include "auth/sessions.h"
#include "auth/workspaces.h"
#include "config/config.h"
#include "delivery/admin/handle_routes.h"
#include "delivery/admin/workspace_routes.h"
#include "delivery/diagnosis/diagnosis_routes.h"
#include "delivery/environment/environment_routes.h"
#include "delivery/gate.h"
#include "delivery/health/health_routes.h"
#include "delivery/identity/approval_routes.h"
#include "delivery/identity/capability_routes.h"
#include "delivery/identity/grant_routes.h"
#include "delivery/identity/session_routes.h"
#include "delivery/operations/operation_routes.h"
#include "delivery/recorder.h"
#include "delivery/revocation/revocation_routes.h"
#include "delivery/revocation/withdrawals.h"
#include "delivery/throttle.h"
#include "delivery/token/token_routes.h"
#include "delivery/trial.h"
#include "delivery/webhook/webhook_routes.h"
#include "http/router.h"
#include "providers/registry.h"

namespace hubwarden::apps {

// What outlives every generation.
struct Lasting {
  delivery::HealthRoutes& health;
  delivery::Throttle& throttle;
  auth::Handles& handles;
  delivery::Idempotency& writes;
  auth::RuleBudgets& budgets;
  auth::Approvals& approvals;
  ledger::Ledger& ledger;
  auth::Revocations& revocations;
  delivery::Withdrawals& withdrawals;
};

class Generation final : public http::Handler {
 public:
  // `github` is shared by generations whose configuration of GitHub is the same, `plugins` by all.
  Generation(const config::Config& config, std::shared_ptr<GitHubSide> github,
             std::shared_ptr<auth::Sessions> sessions, const providers::Registry& plugins,
             auth::Workspaces& workspaces, const Lasting& lasting, const SideParts& parts);

  http::Reply handle(http::Request& request) override;

  // What another replica has told. Counts as a request until it is done.
  net::Task<> hear(fleet::News news);
  // Redis has lost the tokens.
  net::Task<> share_again();
  // Counts as a request, too.
  net::Task<tokens::Withdrawn> withdraw(store::Revocation revocation,
                                        std::vector<tokens::HeldToken> in_hands);

  const std::shared_ptr<GitHubSide>& github() const { return github_; }
  // No request and no news are with it. Only once no loop can bring it new ones.
  bool is_idle() const { return visits_->load() == 0; }

 private:
  class Visit;

  void add_routes(delivery::HealthRoutes& health);
  void add_handle_routes();
  void add_session_routes();
  void add_revocation_routes();
  void add_operation_routes();
  void add_approval_routes();
  static http::Task<http::Response> see_through(std::unique_ptr<const Visit> visit,
                                                http::Task<http::Response> answer);
  static net::Task<> see_out(std::unique_ptr<const Visit> visit, net::Task<> work);
  static net::Task<tokens::Withdrawn> see_withdrawn(std::unique_ptr<const Visit> visit,
                                                    net::Task<tokens::Withdrawn> work);

  std::shared_ptr<GitHubSide> github_;
  delivery::Throttle& throttle_;
  const std::shared_ptr<auth::Sessions> sessions_;
  auth::AdminCredential admin_;
  delivery::Gate gate_;
  delivery::Recorder recorder_;
  const std::unique_ptr<delivery::Trial> trial_;  // null: no policy is on trial
  delivery::TokenRoutes tokens_;
  delivery::WorkspaceRoutes workspaces_;
  delivery::HandleRoutes handles_;
  delivery::SessionRoutes session_routes_;
  delivery::CapabilityRoutes capabilities_;
  delivery::GrantRoutes grants_;
  delivery::RevocationRoutes revocations_;
  delivery::Performer performer_;
  delivery::OperationRoutes operations_;
  delivery::ApprovalRoutes approvals_;
  delivery::DiagnosisRoutes diagnosis_;
  delivery::WebhookRoutes webhooks_;
  providers::Registry providers_;
  delivery::EnvironmentRoutes environments_;
  http::Router router_;
  const std::shared_ptr<std::atomic<int>> visits_ = std::make_shared<std::atomic<int>>(0);
};

// Whether both mean the same Apps, reached and polled in the same way, with the same thresholds and fallback.
bool same_github(const config::Config& a, const config::Config& b);

}  // namespace hubwarden::apps
