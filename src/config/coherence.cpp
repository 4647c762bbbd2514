#include "config/coherence.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

// Whoever has a sealed value may try guesses without asking anybody.
constexpr std::size_t kShortSealKey = 32;
// A guess at a shorter one is within reach of somebody who may ask often.
constexpr std::size_t kShortAdminToken = 32;
// One payload and its signature are enough to try guesses without asking anybody.
constexpr std::size_t kShortWebhookSecret = 16;

Origin origin_of(const Settings& settings, std::string_view path) {
  const auto found = settings.find(path);
  return found == settings.end() ? Origin() : found->second.origin;
}

// Of the first of the keys that was set at all: a default is nobody's mistake.
Origin first_origin(const Settings& settings, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    if (const Origin origin = origin_of(settings, path); !origin.source().empty()) return origin;
  }
  return {};
}

void check_thresholds(const Config& config, const Settings& settings, std::vector<Problem>& problems) {
  const Tokens& tokens = config.tokens;
  const auto shown = [](std::string_view name, Duration value) {
    return std::string(name) + " (" + duration_text(value) + ")";
  };
  if (tokens.floor >= tokens.refresh_before_use) {
    problems.emplace_back(first_origin(settings, {"tokens.floor", "tokens.refresh_before_use"}),
                          shown("tokens.floor", tokens.floor) + " must be less than " +
                              shown("tokens.refresh_before_use", tokens.refresh_before_use));
  }
  if (tokens.refresh_before_use >= tokens.refresh_ahead) {
    problems.emplace_back(first_origin(settings, {"tokens.refresh_before_use", "tokens.refresh_ahead"}),
                          shown("tokens.refresh_before_use", tokens.refresh_before_use) +
                              " must be less than " + shown("tokens.refresh_ahead", tokens.refresh_ahead));
  }
  if (tokens.refresh_ahead >= 1h) {
    problems.emplace_back(origin_of(settings, "tokens.refresh_ahead"),
                          "tokens.refresh_ahead must be less than 1h, the life of a token");
  }
  if (config.limits.request_timeout >= config.limits.write_timeout) {
    problems.emplace_back(first_origin(settings, {"limits.request_timeout", "limits.write_timeout"}),
                          shown("limits.request_timeout", config.limits.request_timeout) +
                              " must be less than " +
                              shown("limits.write_timeout", config.limits.write_timeout));
  }
}

void check_listeners(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                     std::vector<Problem>& warnings) {
  const Listen& listen = config.listen;
  if (listen.tcp.empty() && listen.unix_sockets.empty()) {
    problems.emplace_back(origin_of(settings, "listen.tcp"),
                          "nothing to listen on: listen.tcp and listen.unix are empty");
  }
  if (listen.tls && (listen.tls->certificate.empty() || listen.tls->key.empty())) {
    problems.emplace_back(first_origin(settings, {"listen.tls.certificate", "listen.tls.key"}),
                          "listen.tls needs both certificate and key");
  }
  if (listen.tls) return;
  for (const TcpAddress& address : listen.tcp) {
    if (is_loopback(address)) continue;
    warnings.emplace_back(
        origin_of(settings, "listen.tcp"),
        "listens on " + address.host + " without TLS: tokens cross the network in the clear");
  }
}

void check_access(const Config& config, const Settings& settings, std::vector<Problem>& warnings) {
  if (!config.admin.token) {
    warnings.emplace_back(Origin(), "admin.token is not set: the admin routes answer 401");
  } else if (config.admin.token->size() < kShortAdminToken) {
    warnings.emplace_back(origin_of(settings, "admin.token"),
                          "admin.token is shorter than 32 characters: openssl rand -hex 32 makes a good one");
  }
  if (config.apps.empty() && !config.fallback.token) {
    warnings.emplace_back(Origin(), "no GitHub App is configured: see docs/configuration.md");
  }
  for (const SharedSecret& secret : config.webhooks.secrets) {
    if (secret->size() >= kShortWebhookSecret) continue;
    warnings.emplace_back(
        origin_of(settings, "webhooks.secret"),
        "webhooks.secret is shorter than 16 characters: openssl rand -hex 32 makes a good one");
  }
  if (config.fallback.token && config.fallback.repositories.empty()) {
    warnings.emplace_back(origin_of(settings, "fallback.token"),
                          "fallback.repositories is empty, so the fallback token is never used");
  }
  if (config.env.inject_token) {
    warnings.emplace_back(
        origin_of(settings, "env.inject_token"),
        "env.inject_token: GH_TOKEN and GITHUB_TOKEN override every later login in a workspace, "
        "and die after an hour");
  }
}

void check_approvals(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                     std::vector<Problem>& warnings) {
  const Approvals& approvals = config.approvals;
  if (!approvals.webhook_url.empty() && !approvals.webhook_secret) {
    problems.emplace_back(
        origin_of(settings, "approvals.webhook.url"),
        "approvals.webhook.url needs approvals.webhook.secret: without it nobody could tell "
        "who sends");
  }
  if (!approvals.webhook_secret) return;
  const Origin at = origin_of(settings, "approvals.webhook.secret");
  if (approvals.webhook_url.empty()) {
    warnings.emplace_back(at, "approvals.webhook.url is not set, so the secret is never used");
  }
  if (approvals.webhook_secret->size() < kShortWebhookSecret) {
    warnings.emplace_back(
        at,
        "approvals.webhook.secret is shorter than 16 characters: openssl rand -hex 32 makes "
        "a good one");
  }
}

void check_redis(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                 std::vector<Problem>& warnings) {
  const Redis& redis = config.redis;
  if (redis.certificate.empty() != redis.key.empty()) {
    problems.emplace_back(first_origin(settings, {"redis.certificate", "redis.key"}),
                          "redis.certificate and redis.key belong together");
  }
  if (redis.server && redis.seal_keys.empty() && config.apps.empty()) {
    problems.emplace_back(origin_of(settings, "redis.url"),
                          "without an App redis.url needs redis.seal_keys: what lies there is sealed");
  }
  const bool has_sentinels = redis.server && redis.server->kind == RedisServer::Kind::kSentinel;
  if ((redis.sentinel_password || !redis.sentinel_user.empty()) && !has_sentinels) {
    problems.emplace_back(first_origin(settings, {"redis.sentinel_password", "redis.sentinel_user"}),
                          "redis.sentinel_password and redis.sentinel_user are for redis+sentinel:// alone");
  }
  // Without one we would be the default user, whoever is named.
  if (redis.server && !redis.server->user.empty() && !redis.password) {
    problems.emplace_back(origin_of(settings, "redis.url"),
                          "redis.url names a user, and redis.password is not set");
  }
  if (!redis.sentinel_user.empty() && !redis.sentinel_password) {
    problems.emplace_back(origin_of(settings, "redis.sentinel_user"),
                          "redis.sentinel_user needs redis.sentinel_password");
  }
  const bool has_files = !redis.ca_file.empty() || !redis.certificate.empty();
  if (has_files && !(redis.server && redis.server->is_tls)) {
    problems.emplace_back(first_origin(settings, {"redis.ca_file", "redis.certificate"}),
                          "redis.ca_file and redis.certificate are for rediss:// and rediss+… alone");
  }
  for (const SharedSecret& key : redis.seal_keys) {
    if (key->size() >= kShortSealKey) continue;
    warnings.emplace_back(origin_of(settings, "redis.seal_keys"),
                          "a key of redis.seal_keys is shorter than 32 characters: openssl rand -hex 32 "
                          "makes a good one");
  }
}

void check_ledger(const Config& config, const Settings& settings, std::vector<Problem>& problems) {
  if (!config.ledger.required) return;
  const Origin origin = origin_of(settings, "ledger.required");
  if (!config.ledger.records && (config.ledger.file.empty() || config.ledger.file == "-")) {
    problems.emplace_back(origin, "ledger.required needs ledger.records or a ledger.file");
  }
  if (config.apps.empty() && config.redis.seal_keys.empty()) {
    problems.emplace_back(origin, "ledger.required needs an App, or redis.seal_keys, to sign with");
  }
}

void check_policy(const Config& config, const Settings& settings, std::vector<Problem>& problems) {
  if (!config.policy.trial_path.empty() && config.policy.path.empty()) {
    problems.emplace_back(origin_of(settings, "policy.trial"),
                          "policy.trial needs a policy.path, with which it is compared");
  }
  if (config.policy.path.empty() || !config.sessions.keys.empty() || !config.apps.empty()) return;
  problems.emplace_back(origin_of(settings, "policy.path"),
                        "policy.path needs sessions.keys, or an App from whose key they are derived");
}

void check_records(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                   std::vector<Problem>& warnings) {
  const Records& records = config.records;
  if (!records.url.empty() && settings.contains("records.path")) {
    problems.emplace_back(origin_of(settings, "records.url"),
                          "records.path and records.url name two places: records are in one");
  }
  if (records.url.empty() && records.password) {
    problems.emplace_back(origin_of(settings, "records.password"),
                          "records.password is for records.url alone");
  }
  if (!records.url.empty() && !is_safe_from_the_network(records.url)) {
    warnings.emplace_back(origin_of(settings, "records.url"),
                          "records.url does not say sslmode=verify-full: whoever is on the way may pose as "
                          "the records");
  }
}

}  // namespace

std::vector<Problem> exposed_without_tls(const Config& config) {
  std::vector<Problem> problems;
  if (config.listen.tls || !config.admin.token) return problems;
  for (const TcpAddress& address : config.listen.tcp) {
    if (is_loopback(address)) continue;
    problems.emplace_back(Origin(), "listens on " + address.host +
                                        " without TLS, with the operator's routes: set listen.tls, listen on "
                                        "loopback or a Unix socket, or say --i-know");
  }
  return problems;
}

void complete_app(AppDraft& draft, const Settings& settings, const Origin& at, const std::string& prefix,
                  std::vector<Problem>& problems) {
  App& app = draft.app;
  app.issuer = draft.client_id ? *draft.client_id : draft.app_id.value_or("");
  if (draft.host) app.host = *draft.host;
  if (draft.api_url) app.host = *draft.api_url;
  if (draft.host && draft.api_url && *draft.host != *draft.api_url) {
    problems.emplace_back(
        origin_of(settings, prefix + "host"),
        prefix + "host and " + prefix + "api_url name different hosts; one of them is enough");
  }

  const Origin key_at = origin_of(settings, prefix + "private_key");
  const bool has_id = settings.contains(prefix + "app_id") || settings.contains(prefix + "client_id");
  if (!has_id) {
    problems.emplace_back(key_at.source().empty() ? at : key_at,
                          "an App needs " + prefix + "app_id or " + prefix + "client_id");
  } else if (!app.private_key && key_at.source().empty()) {
    const Origin id_at = first_origin(settings, {prefix + "client_id", prefix + "app_id"});
    problems.emplace_back(id_at, "an App needs " + prefix + "private_key");
  }
}

void check_apps(const std::vector<App>& apps, const std::vector<Origin>& origins,
                std::vector<Problem>& problems) {
  std::set<std::string, std::less<>> names;
  std::set<std::pair<std::string, std::string>> identities;
  for (std::size_t i = 0; i < apps.size(); ++i) {
    const App& app = apps[i];
    if (!names.insert(app.name).second) {
      problems.emplace_back(
          origins[i], "a second App is named '" + app.name + "'; each entry of apps needs a name of its own");
    }
    if (!identities.emplace(app.host.api(), app.issuer).second) {
      problems.emplace_back(origins[i],
                            "App " + app.issuer + " of " + app.host.name() + " is configured twice");
    }
  }
}

void check_plugins(const Config& config, const std::vector<Origin>& origins, std::vector<Problem>& problems) {
  // The App's own provider has its name in messages like theirs.
  std::set<std::string, std::less<>> names = {"github-app"};
  for (std::size_t i = 0; i < config.plugins.size(); ++i) {
    const Plugin& plugin = config.plugins[i];
    if (plugin.name.empty() || plugin.path.empty()) {
      problems.emplace_back(origins[i], "a plugin needs name and path");
      continue;
    }
    if (!names.insert(plugin.name).second) {
      problems.emplace_back(origins[i], "the name '" + plugin.name +
                                            "' is taken; each entry of plugins needs a name of its own");
    }
    for (const App& app : config.apps) {
      if (std::ranges::find(plugin.hosts, app.host.name()) == plugin.hosts.end()) continue;
      problems.emplace_back(origins[i], "plugin '" + plugin.name + "' would never be asked for tokens of " +
                                            app.host.name() + ": that host has an App");
    }
  }
}

void check_coherence(const Config& config, const Settings& settings, std::vector<Problem>& problems,
                     std::vector<Problem>& warnings) {
  check_thresholds(config, settings, problems);
  check_listeners(config, settings, problems, warnings);
  check_access(config, settings, warnings);
  check_approvals(config, settings, problems, warnings);
  check_redis(config, settings, problems, warnings);
  check_records(config, settings, problems, warnings);
  check_policy(config, settings, problems);
  check_ledger(config, settings, problems);
}

}  // namespace hubwarden::config
