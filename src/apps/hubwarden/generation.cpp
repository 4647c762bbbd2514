#include "apps/hubwarden/generation.h"

#include <algorithm>

#include "delivery/error_answer.h"
#include "providers/github_app.h"

namespace hubwarden::apps {
namespace {

using http::Method;
using http::PathParameters;
using http::Request;

delivery::TokenDefaults token_defaults(const config::Config& config) {
  delivery::TokenDefaults defaults;
  defaults.host = usual_host(config);
  if (!config.apps.empty()) defaults.installation = config.apps.front().installation_id;
  defaults.permissions = config.admin.permissions;
  defaults.timeout = config.limits.request_timeout;
  return defaults;
}

delivery::OperationRules operation_rules(const config::Config& config) {
  delivery::OperationRules rules(usual_host(config));
  rules.timeout = config.limits.request_timeout;
  return rules;
}

auth::AdminCredential admin_of(const config::Config& config) {
  return config.admin.token ? auth::AdminCredential(*config.admin.token) : auth::AdminCredential();
}

// An address that says where a workspace may go: one on all interfaces, or with a port that is still to be
// found, does not.
std::string own_address(const config::Config& config) {
  if (!config.env.url.empty()) return config.env.url;
  for (const config::TcpAddress& address : config.listen.tcp) {
    if (address.port == 0 || address.host == "0.0.0.0" || address.host == "::") continue;
    const bool is_v6 = address.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + address.host + "]" : address.host;
    return (config.listen.tls ? "https://" : "http://") + host + ":" + std::to_string(address.port);
  }
  for (const std::string& path : config.listen.unix_sockets) {
    if (path.starts_with('/')) return "unix:" + path;
  }
  return "";
}

providers::GitHubAppSettings boot_settings(const config::Config& config, const Clock& clock,
                                           const tokens::TokenService& tokens, delivery::Holders& holders) {
  providers::GitHubAppSettings settings;
  settings.url = own_address(config);
  settings.token_file = config.env.token_file;
  settings.credential_config = config.env.credential_config;
  settings.inject_token = config.env.inject_token;
  settings.host = usual_host(config);
  for (const config::App& app : config.apps) settings.hosts.push_back(app.host.name());
  settings.handed_out = [&clock, &tokens, &holders](const providers::BootingWorkspace& workspace,
                                                    const std::string& host, const tokens::TokenPtr& token) {
    auto known = std::make_shared<const store::Workspace>(workspace.id, workspace.repositories,
                                                          workspace.permissions, clock.now());
    holders.note(
        std::make_shared<const auth::WorkspacePrincipal>(std::move(known), store::TokenId(0), nullptr),
        {host, token}, tokens.shared_keys(host, *token), clock.now());
  };
  return settings;
}

std::vector<delivery::NamedApp> named_apps(const config::Config& config) {
  std::vector<delivery::NamedApp> apps;
  for (const config::App& app : config.apps) apps.emplace_back(app.name, app.host.name(), app.issuer);
  return apps;
}

std::unique_ptr<delivery::Trial> trial_of(const config::Config& config, delivery::Trial::Parts parts) {
  if (!config.policy.trial) return nullptr;
  return std::make_unique<delivery::Trial>(parts, config.policy.trial->rules);
}

bool same(const config::App& a, const config::App& b) {
  // The installation's number is for the routes alone.
  return a.name == b.name && a.host == b.host && a.issuer == b.issuer && a.private_key == b.private_key;
}

// The rest is for the routes alone.
bool same(const config::Operations& a, const config::Operations& b) {
  return a.in_flight == b.in_flight && a.write_interval == b.write_interval && a.max_wait == b.max_wait;
}

}  // namespace

Generation::Generation(const config::Config& config, std::shared_ptr<GitHubSide> github,
                       std::shared_ptr<auth::Sessions> sessions, const providers::Registry& plugins,
                       auth::Workspaces& workspaces, const Lasting& lasting, const SideParts& parts)
    : github_(std::move(github)),
      throttle_(lasting.throttle),
      sessions_(std::move(sessions)),
      admin_(admin_of(config)),
      gate_({admin_, workspaces, lasting.handles, *sessions_, lasting.revocations.index(), throttle_},
            sessions_->authority()),
      recorder_(parts.clock, lasting.ledger, config.ledger.required),
      trial_(trial_of(config, {parts.clock, recorder_, parts.log, parts.metrics})),
      tokens_({parts.clock, gate_, github_->tokens(), lasting.budgets, lasting.withdrawals.holders(),
               recorder_, parts.log, parts.metrics, trial_.get()},
              token_defaults(config)),
      workspaces_({gate_, workspaces, recorder_, parts.log}),
      handles_({gate_, lasting.handles, recorder_, parts.log}),
      session_routes_(
          {parts.clock, gate_, *sessions_, throttle_, recorder_, parts.log, parts.metrics, trial_.get()},
          config.limits.request_timeout),
      capabilities_(gate_),
      grants_({gate_, *sessions_, recorder_, parts.log}),
      revocations_({parts.clock, gate_, lasting.revocations, lasting.withdrawals, github_->tokens(),
                    recorder_, parts.log, parts.fleet.replicas},
                   usual_host(config), named_apps(config)),
      performer_({parts.clock, parts.timers, parts.random, github_->tokens()}, github_->operation_hosts(),
                 config.operations.redirect_hosts),
      operations_({parts.clock, gate_, performer_, lasting.writes, lasting.budgets, lasting.approvals,
                   recorder_, parts.log, parts.metrics, trial_.get()},
                  operation_rules(config)),
      approvals_({parts.clock, gate_, *sessions_, lasting.approvals, throttle_},
                 config.limits.request_timeout),
      diagnosis_({parts.clock, gate_, github_->tokens(), github_->examiner()}, usual_host(config),
                 config.limits.request_timeout),
      webhooks_(github_->news(), throttle_, config.webhooks.secrets),
      providers_(parts.clock),
      environments_({parts.clock, gate_, workspaces, providers_, parts.log, parts.metrics},
                    config.limits.request_timeout) {
  providers_.add(std::make_shared<providers::GitHubApp>(
      github_->tokens(),
      boot_settings(config, parts.clock, github_->tokens(), lasting.withdrawals.holders())));
  for (const providers::ProviderPtr& plugin : plugins.providers()) providers_.add(plugin);
  add_routes(lasting.health);
  add_handle_routes();
  add_operation_routes();
  add_approval_routes();
  add_session_routes();
  add_revocation_routes();
}

void Generation::add_routes(delivery::HealthRoutes& health) {
  const auto add = [this](Method method, std::string_view pattern, http::Router::Route route) {
    router_.add(method, pattern, std::move(route));
  };
  add(Method::kGet, "/healthz", [&health](Request& r, const PathParameters&) { return health.healthz(r); });
  add(Method::kGet, "/readyz", [&health](Request& r, const PathParameters&) { return health.readyz(r); });
  add(Method::kGet, "/metrics", [&health](Request& r, const PathParameters&) { return health.metrics(r); });

  add(Method::kGet, "/admin/github-installation-token",
      [this](Request& r, const PathParameters&) { return tokens_.get_for_admin(r); });
  add(Method::kPost, "/admin/github-installation-token/rejected",
      [this](Request& r, const PathParameters&) { return tokens_.reject_for_admin(r); });
  add(Method::kGet, "/workspaces/{id}/github-installation-token",
      [this](Request& r, const PathParameters& path) { return tokens_.get_for_workspace(r, path[0]); });
  add(Method::kPost, "/workspaces/{id}/github-installation-token/rejected",
      [this](Request& r, const PathParameters& path) { return tokens_.reject_for_workspace(r, path[0]); });

  add(Method::kGet, "/workspaces/{id}/diagnosis",
      [this](Request& r, const PathParameters& path) { return diagnosis_.get(r, path[0]); });
  add(Method::kPost, "/webhooks/github",
      [this](Request& r, const PathParameters&) { return webhooks_.receive(r); });

  add(Method::kPost, "/admin/workspaces",
      [this](Request& r, const PathParameters&) { return workspaces_.create(r); });
  add(Method::kGet, "/admin/workspaces",
      [this](Request& r, const PathParameters&) { return workspaces_.list(r); });
  add(Method::kGet, "/admin/workspaces/{id}",
      [this](Request& r, const PathParameters& path) { return workspaces_.get(r, path[0]); });
  add(Method::kDelete, "/admin/workspaces/{id}",
      [this](Request& r, const PathParameters& path) { return workspaces_.remove(r, path[0]); });
  add(Method::kPost, "/admin/workspaces/{id}/tokens",
      [this](Request& r, const PathParameters& path) { return workspaces_.add_token(r, path[0]); });
  add(Method::kDelete, "/admin/workspaces/{id}/tokens/{token}",
      [this](Request& r, const PathParameters& path) {
        return workspaces_.revoke_token(r, path[0], path[1]);
      });
  add(Method::kPost, "/admin/workspaces/{id}/env",
      [this](Request& r, const PathParameters& path) { return environments_.post(r, path[0]); });
}

void Generation::add_operation_routes() {
  router_.add(Method::kPost, delivery::kOperationsPath,
              [this](Request& r, const PathParameters&) { return operations_.post(r); });
}

void Generation::add_approval_routes() {
  router_.add(Method::kGet, "/v1/approvals",
              [this](Request& r, const PathParameters&) { return approvals_.list(r); });
  router_.add(Method::kGet, "/v1/approvals/{id}",
              [this](Request& r, const PathParameters& path) { return approvals_.get(r, path[0]); });
  router_.add(Method::kPost, "/v1/approvals/{id}:approve",
              [this](Request& r, const PathParameters& path) { return approvals_.approve(r, path[0]); });
  router_.add(Method::kPost, "/v1/approvals/{id}:deny",
              [this](Request& r, const PathParameters& path) { return approvals_.deny(r, path[0]); });
}

void Generation::add_session_routes() {
  router_.add(Method::kPost, "/v1/sessions",
              [this](Request& r, const PathParameters&) { return session_routes_.open(r); });
  router_.add(Method::kPost, "/v1/token",
              [this](Request& r, const PathParameters&) { return session_routes_.exchange(r); });
  router_.add(Method::kPost, "/v1/sessions/{id}:renew",
              [this](Request& r, const PathParameters& path) { return session_routes_.renew(r, path[0]); });
  router_.add(Method::kPost, "/v1/grants",
              [this](Request& r, const PathParameters&) { return grants_.cut(r); });
  router_.add(Method::kGet, "/v1/capabilities",
              [this](Request& r, const PathParameters&) { return capabilities_.get(r); });
  router_.add(Method::kPost, "/v1/explain",
              [this](Request& r, const PathParameters&) { return capabilities_.explain(r); });
  router_.add(Method::kGet, "/v1/github-installation-token",
              [this](Request& r, const PathParameters&) { return tokens_.get_for_session(r); });
  router_.add(Method::kPost, "/v1/github-installation-token/rejected",
              [this](Request& r, const PathParameters&) { return tokens_.reject_for_session(r); });
}

void Generation::add_revocation_routes() {
  router_.add(Method::kPost, "/admin/revocations",
              [this](Request& r, const PathParameters&) { return revocations_.revoke(r); });
  router_.add(Method::kGet, "/admin/revocations",
              [this](Request& r, const PathParameters&) { return revocations_.list(r); });
  router_.add(Method::kGet, "/admin/revocations/{id}",
              [this](Request& r, const PathParameters& path) { return revocations_.get(r, path[0]); });
  router_.add(Method::kDelete, "/admin/revocations/{id}",
              [this](Request& r, const PathParameters& path) { return revocations_.lift(r, path[0]); });
  router_.add(Method::kPost, "/v1/sessions/{id}:revoke", [this](Request& r, const PathParameters& path) {
    return revocations_.give_back_session(r, path[0]);
  });
  router_.add(Method::kPost, "/v1/grants/{id}:revoke", [this](Request& r, const PathParameters& path) {
    return revocations_.take_back_grant(r, path[0]);
  });
}

void Generation::add_handle_routes() {
  router_.add(Method::kPost, "/admin/handles",
              [this](Request& r, const PathParameters&) { return handles_.issue(r); });
  router_.add(Method::kGet, "/admin/handles",
              [this](Request& r, const PathParameters&) { return handles_.list(r); });
  router_.add(Method::kGet, "/admin/handles/{id}",
              [this](Request& r, const PathParameters& path) { return handles_.get(r, path[0]); });
  router_.add(Method::kDelete, "/admin/handles/{id}",
              [this](Request& r, const PathParameters& path) { return handles_.revoke(r, path[0]); });
}

// A request that is not answered yet. The count is shared: one that is cut when the loops end goes after its
// generation.
class Generation::Visit {
 public:
  explicit Visit(std::shared_ptr<std::atomic<int>> count) : count_(std::move(count)) { count_->fetch_add(1); }
  ~Visit() { count_->fetch_sub(1); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  std::shared_ptr<std::atomic<int>> count_;
};

http::Reply Generation::handle(http::Request& request) {
  const Result<> may = throttle_.request(request);
  if (!may) return delivery::error_answer(may.error(), request.id());
  http::Reply reply = router_.handle(request);
  if (std::holds_alternative<http::Response>(reply)) return reply;
  return see_through(std::make_unique<const Visit>(visits_),
                     std::get<http::Task<http::Response>>(std::move(reply)));
}

http::Task<http::Response> Generation::see_through(std::unique_ptr<const Visit>,
                                                   http::Task<http::Response> answer) {
  http::Response response = co_await std::move(answer);
  co_return response;
}

net::Task<> Generation::hear(fleet::News news) {
  return see_out(std::make_unique<const Visit>(visits_), github_->hear(std::move(news)));
}

net::Task<> Generation::share_again() {
  return see_out(std::make_unique<const Visit>(visits_), github_->share_again());
}

net::Task<tokens::Withdrawn> Generation::withdraw(store::Revocation revocation,
                                                  std::vector<tokens::HeldToken> in_hands) {
  return see_withdrawn(std::make_unique<const Visit>(visits_),
                       github_->withdraw(std::move(revocation), std::move(in_hands)));
}

net::Task<tokens::Withdrawn> Generation::see_withdrawn(std::unique_ptr<const Visit>,
                                                       net::Task<tokens::Withdrawn> work) {
  tokens::Withdrawn withdrawn = co_await std::move(work);
  co_return withdrawn;
}

net::Task<> Generation::see_out(std::unique_ptr<const Visit>, net::Task<> work) {
  co_await std::move(work);
}

bool same_github(const config::Config& a, const config::Config& b) {
  const auto same_app = [](const config::App& x, const config::App& y) { return same(x, y); };
  return std::ranges::equal(a.apps, b.apps, same_app) && a.outbound == b.outbound && a.tokens == b.tokens &&
         same(a.operations, b.operations) && a.fallback == b.fallback &&
         a.webhooks.poll_deliveries == b.webhooks.poll_deliveries;
}

}  // namespace hubwarden::apps
