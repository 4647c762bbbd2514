#include "apps/hubwarden/wiring.h"

#include <utility>

namespace hubwarden::apps {
namespace {

http::ServerOptions server_options(const config::Limits& limits) {
  http::ServerOptions options;
  options.max_connections = limits.connections;
  options.max_body = limits.body_bytes;
  options.head_timeout = limits.header_timeout;
  options.idle_timeout = limits.idle_timeout;
  options.body_timeout = limits.body_timeout;
  options.write_timeout = limits.write_timeout;
  return options;
}

net::Task<bool> finish(GitHubSide& github) {
  co_await github.stop();
  co_return true;
}

}  // namespace

// What the server asks: whatever generation is the present one.
class Wiring::Switch final : public http::Handler {
 public:
  void point_to(Generation& generation) { present_.store(&generation); }
  http::Reply handle(http::Request& request) override { return present_.load()->handle(request); }

 private:
  std::atomic<Generation*> present_{nullptr};
};

Wiring::Wiring(config::Config config, obs::Log& log)
    : config_(std::move(config)),
      log_(log),
      loops_(config_.limits.threads),
      health_(metrics_),
      switch_(std::make_unique<Switch>()) {}

Wiring::~Wiring() { loops_.stop(); }

Result<std::unique_ptr<Wiring>> Wiring::start(config::Config config, obs::Log& log) {
  std::unique_ptr<Wiring> wiring(new Wiring(std::move(config), log));
  wiring->loops_.start();
  const Result<> opened = wiring->open_records();
  if (!opened) return std::unexpected(opened.error());
  const Result<> switched = wiring->switch_to(wiring->config_);
  if (!switched) return std::unexpected(switched.error());
  const Result<> listening = wiring->listen();
  if (!listening) return std::unexpected(listening.error());
  return wiring;
}

Result<> Wiring::open_records() {
  Result<std::unique_ptr<store::SqliteStore>> store = store::SqliteStore::open(config_.records.path);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  workspaces_ = std::make_unique<auth::Workspaces>(*store_, *store_, clock_, random_);
  return net::block_on(loops_.next(), workspaces_->load());
}

// Makes what `config` says the present generation. On an error the present one stays.
Result<> Wiring::switch_to(const config::Config& config) {
  const SideParts parts{clock_, timers_, random_, loops_, log_, metrics_};
  std::shared_ptr<GitHubSide> github = generation_ ? generation_->github() : nullptr;
  if (!github || !same_github(config, config_)) {
    Result<std::unique_ptr<GitHubSide>> made = GitHubSide::make(config, parts);
    if (!made) return std::unexpected(made.error());
    github = std::move(*made);
    github->start();
  }
  auto next = std::make_unique<Generation>(config, std::move(github), *workspaces_, health_, parts);
  switch_->point_to(*next);
  retire(std::exchange(generation_, std::move(next)));
  if (!config.admin.token) log_.warning("server.no_admin_token", {{"effect", "admin routes answer 401"}});
  if (config.apps.empty()) log_.warning("server.no_app", {{"effect", "tokens come from the fallback alone"}});
  return {};
}

// Requests may still be with it: it goes when a later reload, or the stop, finds it idle.
void Wiring::retire(std::unique_ptr<Generation> generation) {
  std::erase_if(retired_, [this](const std::unique_ptr<Generation>& old) {
    if (!old->is_idle()) return false;
    const bool last_user = old->github() != generation_->github() && old->github().use_count() == 1;
    if (last_user) net::block_on(loops_.next(), finish(*old->github()));
    return true;
  });
  if (generation) retired_.push_back(std::move(generation));
}

Result<> Wiring::listen() {
  const http::ServerParts parts{clock_, timers_, random_, log_, metrics_};
  server_ = std::make_unique<http::Server>(loops_, *switch_, parts, server_options(config_.limits));
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
  if (tls_) {
    const Result<> reloaded = tls_->reload();
    if (!reloaded) return std::unexpected(reloaded.error());
  }
  const Result<> switched = switch_to(config);
  if (!switched) return std::unexpected(switched.error());
  const bool needs_restart = config.listen.tcp != config_.listen.tcp ||
                             config.listen.unix_sockets != config_.listen.unix_sockets ||
                             config.records.path != config_.records.path ||
                             config.limits.threads != config_.limits.threads;
  if (needs_restart) log_.warning("server.needs_restart", {{"for", "listen, records or limits.threads"}});
  config_ = std::move(config);
  return {};
}

std::size_t Wiring::stop() {
  health_.drain();
  const std::size_t cut = net::block_on(loops_.next(), server_->stop(config_.limits.shutdown_grace));
  net::block_on(loops_.next(), finish(*generation_->github()));
  for (const std::unique_ptr<Generation>& old : retired_) {
    if (old->github() != generation_->github()) net::block_on(loops_.next(), finish(*old->github()));
  }
  store_->stop();
  loops_.stop();
  return cut;
}

}  // namespace hubwarden::apps
