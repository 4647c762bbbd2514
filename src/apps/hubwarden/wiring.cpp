#include "apps/hubwarden/wiring.h"

#include <set>
#include <utility>

#include "providers/plugin_provider.h"
#include "providers/registry_source.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace hubwarden::apps {
namespace {

// Callers have their answers by then; whatever is still in a plugin is stuck there.
constexpr std::chrono::seconds kPluginGrace(2);

// Its texts were looked at when the configuration was read.
http::TrustedProxies trusted_proxies(const config::Listen& listen) {
  return http::TrustedProxies::parse(listen.trusted_proxies).value();
}

delivery::ThrottleRates throttle_rates(const config::Limits& limits) {
  const auto rate = [](std::uint64_t count) {
    return count == 0 ? std::nullopt : std::optional(PerMinute(count));
  };
  delivery::ThrottleRates rates;
  rates.caller = rate(limits.requests_per_workspace);
  rates.address = rate(limits.requests_per_address);
  rates.failures = rate(limits.failures_per_address);
  return rates;
}

http::ServerOptions server_options(const config::Config& config) {
  const config::Limits& limits = config.limits;
  http::ServerOptions options;
  options.max_connections = limits.connections;
  options.max_connections_per_address = limits.connections_per_address;
  options.trusted_proxies = trusted_proxies(config.listen);
  options.max_body = limits.body_bytes;
  options.head_timeout = limits.header_timeout;
  options.idle_timeout = limits.idle_timeout;
  options.body_timeout = limits.body_timeout;
  options.write_timeout = limits.write_timeout;
  options.unix_allowed_uids = config.listen.unix_allowed_uids;
  return options;
}

net::Task<bool> finish(GitHubSide& github) {
  co_await github.stop();
  co_return true;
}

net::Task<bool> finish(auth::Handles& handles) {
  co_await handles.stop();
  co_return true;
}

net::Task<bool> finish(delivery::Withdrawals& withdrawals) {
  co_await withdrawals.stop();
  co_return true;
}

net::Task<bool> finish(IdentitySide& identity) {
  co_await identity.stop();
  co_return true;
}

net::Task<bool> finish(ApprovalSide& approvals) {
  co_await approvals.stop();
  co_return true;
}

net::Task<bool> finish(LedgerSide& ledger) {
  co_await ledger.stop();
  co_return true;
}

net::Task<bool> finish(FleetSide& fleet) {
  co_await fleet.stop();
  co_return true;
}

net::Task<bool> nothing() {
  co_return true;
}

net::Task<std::optional<policy::BudgetSpent>> recorded_spent(store::HandleRecords* records,
                                                             store::HandleId id) {
  if (records == nullptr) co_return std::nullopt;
  net::Task<Result<store::Handle>> finding = records->find(id);
  const Result<store::Handle> handle = co_await std::move(finding);
  if (!handle) co_return std::nullopt;
  co_return handle->spent;
}

// Whether something differs that was settled when the server started.
bool needs_restart(const config::Config& wanted, const config::Config& present) {
  config::Limits limits = wanted.limits;
  limits.request_timeout = present.limits.request_timeout;
  return wanted.listen != present.listen || wanted.records != present.records || wanted.log != present.log ||
         wanted.plugins != present.plugins || wanted.redis != present.redis ||
         wanted.ledger != present.ledger || limits != present.limits;
}

Result<std::unique_ptr<store::Store>> open_store(const config::Records& records, obs::Log& log) {
  if (records.url.empty()) return store::SqliteStore::open(records.path);
  store::PostgresOptions options;
  options.url = records.url;
  options.password = records.password;
  options.connections = records.connections;
  return store::PostgresStore::open(std::move(options), log);
}

providers::PluginSpec spec_of(const config::Plugin& plugin) {
  providers::PluginSpec spec(plugin.name, plugin.path);
  spec.options = plugin.options;
  spec.hosts = plugin.hosts;
  return spec;
}

}  // namespace

// What the server asks: whatever generation is the present one.
class Wiring::Switch final : public http::Handler {
 public:
  void point_to(Generation& generation) { present_.store(&generation); }
  Generation& present() const { return *present_.load(); }
  http::Reply handle(http::Request& request) override { return present_.load()->handle(request); }

 private:
  std::atomic<Generation*> present_{nullptr};
};

Wiring::Wiring(config::Config config, obs::Log& log)
    : config_(std::move(config)),
      log_(log),
      loops_(config_.limits.threads),
      health_(metrics_),
      throttle_({clock_, log_, metrics_}, throttle_rates(config_.limits), trusted_proxies(config_.listen)),
      switch_(std::make_unique<Switch>()) {
}

// What runs on the loops would otherwise wait for ever, and never be freed.
Wiring::~Wiring() {
  if (server_ && !has_ended_) end(Duration::zero());
  if (store_) store_->stop();  // its thread tells of revocations
  loops_.stop();
}

Result<std::unique_ptr<Wiring>> Wiring::start(config::Config config, obs::Log& log) {
  std::unique_ptr<Wiring> wiring(new Wiring(std::move(config), log));
  wiring->loops_.start();
  const Result<> joined = wiring->join_fleet();
  if (!joined) return std::unexpected(joined.error());
  const Result<> opened = wiring->open_records();
  if (!opened) return std::unexpected(opened.error());
  wiring->identify();
  wiring->open_approvals();
  const Result<> loaded = wiring->load_plugins();
  if (!loaded) return std::unexpected(loaded.error());
  Result<std::shared_ptr<GitHubSide>> github = wiring->github_for(wiring->config_);
  if (!github) return std::unexpected(github.error());
  Result<std::shared_ptr<auth::Sessions>> sessions = wiring->identity_->sessions_of(wiring->config_);
  if (!sessions) return std::unexpected(sessions.error());
  wiring->switch_to(wiring->config_, std::move(*github), std::move(*sessions));
  wiring->withdrawals_->begin(
      [wiring = wiring.get()](store::Revocation revocation, std::vector<tokens::HeldToken> in_hands) {
        return wiring->switch_->present().withdraw(std::move(revocation), std::move(in_hands));
      });
  if (wiring->fleet_) wiring->follow_fleet();
  wiring->write_behind();
  wiring->ledger_->start();
  const Result<> listening = wiring->listen();
  if (!listening) return std::unexpected(listening.error());
  return wiring;
}

Result<> Wiring::open_records() {
  Result<std::unique_ptr<store::Store>> store = open_store(config_.records, log_);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  workspaces_ = std::make_unique<auth::Workspaces>(*store_, *store_, clock_, random_);
  const Result<> loaded = net::block_on(loops_.next(), workspaces_->load());
  if (!loaded) return loaded;
  handles_ = std::make_unique<auth::Handles>(
      auth::Handles::Parts{*store_, *store_, budgets(), clock_, timers_, random_, log_});
  const Result<> known = net::block_on(loops_.next(), handles_->load());
  if (!known) return known;
  // It writes down what becomes of revocations.
  const Result<> recording = open_ledger();
  if (!recording) return recording;
  const Result<> revoked = open_revocations();
  if (!revoked) return revoked;
  store_->follow();
  // A file is there or hubwarden is not.
  if (!config_.records.url.empty()) health_.add_check("records", [this] { return store_->state(); });
  return {};
}

Result<> Wiring::open_revocations() {
  const delivery::Withdrawals::Parts parts{*store_, shared().holdings, clock_, timers_, ledger_->ledger(),
                                           log_,    metrics_};
  withdrawals_ = std::make_unique<delivery::Withdrawals>(parts, store::ReplicaId(random_.next()),
                                                         [this] { return loops_.next(); });
  const auto hear = [this](store::RevocationId id, const std::optional<store::Revocation>& now) {
    stops_.apply(id, now);
    if (now && !now->lifted_at) withdrawals_->carry_out(*now);
  };
  revocations_ =
      std::make_unique<auth::Revocations>(auth::Revocations::Parts{*store_, *store_, clock_, random_}, hear);
  return net::block_on(loops_.next(), revocations_->load());
}

Result<> Wiring::open_ledger() {
  const LedgerSide::Parts parts{*store_, clock_, timers_, random_, log_, metrics_};
  Result<std::unique_ptr<LedgerSide>> ledger = LedgerSide::make(config_, parts);
  if (!ledger) return std::unexpected(ledger.error());
  ledger_ = std::move(*ledger);
  health_.add_check("ledger", [this] { return ledger_->state(); });
  return {};
}

void Wiring::open_approvals() {
  approvals_ = std::make_unique<ApprovalSide>(
      ApprovalSide::Parts{*store_, ledger_->ledger(), clock_, timers_, random_, loops_, log_, metrics_});
}

// Only before what end() stops: it waits for this.
void Wiring::write_behind() {
  approvals_->start();
  net::spawn(loops_.next(), handles_->write_behind(),
             [this](std::exception_ptr) { log_.error("handle.write_behind_ended", {}); });
}

// Here, on the main thread: a plugin may take its time to open, and nothing is served before.
Result<> Wiring::load_plugins() {
  if (!config_.plugins.empty()) calls_ = std::make_unique<providers::Calls>(timers_);
  for (const config::Plugin& configured : config_.plugins) {
    const Result<std::shared_ptr<providers::Plugin>> plugin = providers::Plugin::load(spec_of(configured));
    if (!plugin) return std::unexpected(plugin.error());
    plugins_.add(std::make_shared<providers::PluginProvider>(*plugin, *calls_));
    log_.info("plugin.loaded", {{"name", std::string_view(configured.name)},
                                {"path", std::string_view(configured.path)},
                                {"tokens", (*plugin)->gives_tokens()}});
  }
  return {};
}

Result<> Wiring::join_fleet() {
  if (!config_.redis.server) return {};
  const auto recorded = [this](store::HandleId id) { return recorded_spent(store_.get(), id); };
  const FleetSide::Parts parts{loops_.next(), clock_, timers_, random_, log_, metrics_, recorded};
  Result<std::unique_ptr<FleetSide>> fleet = FleetSide::make(config_, parts);
  if (!fleet) return std::unexpected(fleet.error());
  fleet_ = std::move(*fleet);
  health_.add_check("redis", [this] { return fleet_->state(); });
  return {};
}

FleetParts Wiring::shared() {
  return fleet_ ? fleet_->shared() : FleetParts(alone_, nothing_left_, not_noted_, nowhere_, own_ends_);
}

// News reach a generation as requests do: on a loop, and in one step.
void Wiring::follow_fleet() {
  const auto hear = [this](fleet::News news) { return switch_->present().hear(std::move(news)); };
  const auto restore = [this] {
    Generation& present = switch_->present();
    withdrawals_->holders().share_again([&present](const tokens::HeldToken& held) {
      return present.github()->tokens().shared_keys(held.host, *held.token);
    });
    return present.share_again();
  };
  fleet_->start(hear, restore);
}

void Wiring::identify() {
  auth::UsedTokens& used = fleet_ ? fleet_->used_tokens() : own_used_tokens_;
  identity_ = std::make_unique<IdentitySide>(
      IdentitySide::Parts{clock_, timers_, random_, loops_, log_, used, budgets(), revocations_->index()});
}

auth::Budgets& Wiring::budgets() {
  if (fleet_) return fleet_->budgets();
  return own_budgets_;
}

// The present one when `config` means the same, a new one that has not started otherwise.
Result<std::shared_ptr<GitHubSide>> Wiring::github_for(const config::Config& config) {
  if (generation_ && same_github(config, config_)) return generation_->github();
  Result<std::unique_ptr<GitHubSide>> made =
      GitHubSide::make(config, side_parts(),
                       std::make_unique<providers::RegistrySource>(plugins_, clock_, config.tokens.floor));
  if (!made) return std::unexpected(made.error());
  return std::shared_ptr<GitHubSide>(std::move(*made));
}

void Wiring::switch_to(const config::Config& config, std::shared_ptr<GitHubSide> github,
                       std::shared_ptr<auth::Sessions> sessions) {
  const bool is_new = !generation_ || generation_->github() != github;
  if (is_new) github->start();
  auto next = std::make_unique<Generation>(config, std::move(github), std::move(sessions), plugins_,
                                           *workspaces_, routes(), side_parts());
  approvals_->aim(config.approvals, identity_->client_for(config.outbound));
  switch_->point_to(*next);
  std::unique_ptr<Generation> before = std::exchange(generation_, std::move(next));
  if (before) {
    wait_for_loops();
    retired_.push_back(std::move(before));
  }
  clear_retired();
  warn_of_what_is_missing(config);
}

// Requests reach a generation on the loops alone and in one step: a loop that has come to its next piece of
// work has left the generation that was switched away from, or the request is counted there.
void Wiring::wait_for_loops() {
  for (std::size_t i = 0; i < loops_.size(); ++i) net::block_on(loops_.executor(i), nothing());
}

// What is still asked goes at a later reload, or at the stop.
void Wiring::clear_retired() {
  std::vector<std::unique_ptr<Generation>> asked;
  for (std::unique_ptr<Generation>& old : retired_) {
    if (!old->is_idle()) {
      asked.push_back(std::move(old));
      continue;
    }
    const std::shared_ptr<GitHubSide> github = old->github();
    old.reset();
    if (github.use_count() > 1) continue;
    github->leave_ends_to(*generation_->github());
    net::block_on(loops_.next(), finish(*github));
  }
  retired_ = std::move(asked);
}

void Wiring::warn_of_what_is_missing(const config::Config& config) {
  if (!config.admin.token) log_.warning("server.no_admin_token", {{"effect", "admin routes answer 401"}});
  if (config.apps.empty()) log_.warning("server.no_app", {{"effect", "tokens come from the fallback alone"}});
}

Result<> Wiring::listen() {
  const http::ServerParts parts{clock_, timers_, random_, log_, metrics_};
  server_ = std::make_unique<http::Server>(loops_, *switch_, parts, server_options(config_));
  if (config_.listen.tls) {
    Result<std::shared_ptr<net::TlsServer>> tls =
        net::TlsServer::load(net::TlsFiles(config_.listen.tls->certificate, config_.listen.tls->key));
    if (!tls) return std::unexpected(tls.error());
    tls_ = std::move(*tls);
  }
  for (const config::TcpAddress& address : config_.listen.tcp) {
    const Result<std::uint16_t> port = server_->listen_tcp(net::TcpAddress(address.host, address.port), tls_);
    if (!port) return std::unexpected(port.error());
    ports_.push_back(*port);
    log_.info("server.listening", {{"address", address.host}, {"port", *port}, {"tls", tls_ != nullptr}});
  }
  for (const std::string& path : config_.listen.unix_sockets) {
    const Result<> listening = server_->listen_unix(path, config_.listen.unix_mode);
    if (!listening) return std::unexpected(listening.error());
    log_.info("server.listening", {{"socket", path}});
  }
  return {};
}

Result<> Wiring::reload(config::Config config) {
  Result<std::shared_ptr<GitHubSide>> github = github_for(config);
  if (!github) return std::unexpected(github.error());
  Result<std::shared_ptr<auth::Sessions>> sessions = identity_->sessions_of(config);
  if (!sessions) return std::unexpected(sessions.error());
  if (tls_) {
    const Result<> reloaded = tls_->reload();
    if (!reloaded) return std::unexpected(reloaded.error());
  }
  switch_to(config, std::move(*github), std::move(*sessions));
  if (needs_restart(config, config_)) {
    log_.warning("server.needs_restart",
                 {{"for", "listen, records, log, plugins, redis, ledger or a limit of the server"}});
  }
  config_ = std::move(config);
  ledger_->reopen();
  ledger::Event event(ledger::EventKind::kConfigurationChanged, clock_.now(),
                      ledger::Actor(ledger::ActorKind::kAdmin));
  event.about = "reloaded";
  ledger_->ledger().record(std::move(event));
  return {};
}

std::size_t Wiring::stop() {
  return end(config_.limits.shutdown_grace);
}

std::size_t Wiring::end(Duration grace) {
  has_ended_ = true;
  health_.drain();
  const std::size_t cut = net::block_on(loops_.next(), server_->stop(grace));
  net::block_on(loops_.next(), finish(*withdrawals_));
  std::set<std::shared_ptr<GitHubSide>> sides = {generation_->github()};
  for (const std::unique_ptr<Generation>& old : retired_) sides.insert(old->github());
  for (const std::shared_ptr<GitHubSide>& github : sides) net::block_on(loops_.next(), finish(*github));
  net::block_on(loops_.next(), finish(*approvals_));
  net::block_on(loops_.next(), finish(*identity_));
  if (fleet_) net::block_on(loops_.next(), finish(*fleet_));
  if (calls_) {
    const SteadyPoint soon = clock_.steady_now() + kPluginGrace;
    held_by_plugins_ = !net::block_on(loops_.next(), calls_->stop(soon));
  }
  net::block_on(loops_.next(), finish(*handles_));  // nobody spends any more
  net::block_on(loops_.next(), finish(*ledger_));   // and nothing happens any more
  if (held_by_plugins_) log_.error("plugin.does_not_return", {{"effect", "it is cut off"}});
  store_->stop();
  loops_.stop();
  return cut;
}

}  // namespace hubwarden::apps
