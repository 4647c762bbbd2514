#include "config/schema.h"

#include <limits>
#include <utility>

#include "base/rate.h"
#include "base/text.h"
#include "config/values.h"
#include "http/client_address.h"
#include "policy/host_name.h"

namespace hubwarden::config {
namespace {

using Texts = std::span<const std::string>;
using Wrong = std::optional<std::string>;

// Longer waits than this are a typing error in a service that answers requests.
constexpr Range<Duration> kTimeout{.least = 10ms, .most = 10min};
constexpr Range<Duration> kUnderAnHour{.least = 1s, .most = 1h};
// GitHub keeps deliveries for three days.
constexpr Range<Duration> kPollInterval{.least = 1s, .most = 24h};
// Two for each of a few Apps. A delivery is checked against all of them.
constexpr std::size_t kMaxWebhookSecrets = 8;
// A new one and the old one, and one that is late.
constexpr std::size_t kMaxSealKeys = 4;
constexpr std::size_t kMaxSessionKeys = 4;

template <class T, class Where>
Wrong store(Parsed<T> value, Where&& where) {
  if (!value) return std::move(value.error());
  std::forward<Where>(where) = std::move(*value);
  return std::nullopt;
}

// Makes keys. `field` gives a member of the target, `parse` is one of values.h.
template <class Target>
class KeyList {
 public:
  template <class Field, class Parse>
  void scalar(std::string path, Field field, Parse parse) {
    add(std::move(path), Shape::kScalar, [field, parse](Target& target, Texts texts, Context&) {
      return store(parse(texts.front()), field(target));
    });
  }

  template <class Field, class Parse>
  void list(std::string path, Field field, Parse parse) {
    add(std::move(path), Shape::kList, [field, parse](Target& target, Texts texts, Context&) -> Wrong {
      auto& values = field(target);
      values.clear();
      for (const std::string& text : texts) {
        auto value = parse(text);
        if (!value) return "'" + printable(text, kMaxShownValue) + "' " + value.error();
        values.push_back(std::move(*value));
      }
      return std::nullopt;
    });
  }

  // A list that is one value: `parse` takes all of its texts.
  template <class Field, class Parse>
  void whole_list(std::string path, Field field, Parse parse) {
    add(std::move(path), Shape::kList,
        [field, parse](Target& target, Texts texts, Context&) { return store(parse(texts), field(target)); });
  }

  template <class Field>
  void secret(std::string path, SecretKind kind, Field field) {
    add(std::move(path), Shape::kSecret,
        [kind, field](Target& target, Texts texts, Context& context) -> Wrong {
          auto value = read_secret(texts.front(), kind, context);
          if (!value) return std::move(value.error());
          field(target) = SharedSecret(std::move(*value));
          return std::nullopt;
        });
  }

  template <class Field>
  void secrets(std::string path, SecretKind kind, std::size_t most, Field field) {
    add(std::move(path), Shape::kSecrets,
        [kind, most, field](Target& target, Texts texts, Context& context) -> Wrong {
          auto& values = field(target);
          values.clear();
          if (texts.size() > most) return "has more than " + std::to_string(most) + " entries";
          for (const std::string& text : texts) {
            auto value = read_secret(text, kind, context);
            if (!value) return std::move(value.error());
            values.push_back(SharedSecret(std::move(*value)));
          }
          return std::nullopt;
        });
  }

  template <class Field, class Parse>
  void map(std::string path, Field field, Parse parse) {
    add(std::move(path), Shape::kMap, [field, parse](Target& target, Texts texts, Context&) -> Wrong {
      auto& pairs = field(target);
      pairs.clear();
      for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
        auto pair = parse(texts[i], texts[i + 1]);
        if (!pair) return "'" + printable(texts[i], kMaxShownValue) + "' " + pair.error();
        pairs.push_back(std::move(*pair));
      }
      return std::nullopt;
    });
  }

  std::vector<Key<Target>> take() { return std::move(keys_); }

 private:
  void add(std::string path, Shape shape, typename Key<Target>::Set set) {
    keys_.emplace_back(std::move(path), shape, std::move(set));
  }

  static std::expected<Secret, std::string> read_secret(const std::string& text, SecretKind kind,
                                                        Context& context) {
    const bool literal = context.from_environment && !SecretSource::is_reference(text);
    return literal ? SecretSource::literal(text, kind)
                   : context.secrets.resolve(text, kind, context.origin, context.warnings);
  }

  std::vector<Key<Target>> keys_;
};

// A member of one of Config's sections.
template <class Section, class Member>
auto in(Section Config::* section, Member Section::* member) {
  return [section, member](Draft& draft) -> Member& { return draft.config.*section.*member; };
}

auto within(Range<Duration> range) {
  return [range](std::string_view text) { return parse_span(text, range); };
}

auto count_within(std::uint64_t least, std::uint64_t most) {
  return [least, most](std::string_view text) { return parse_count(text, {.least = least, .most = most}); };
}

auto bytes_within(std::size_t least, std::size_t most) {
  return [least, most](std::string_view text) { return parse_bytes(text, {.least = least, .most = most}); };
}

Parsed<InstallationId> parse_installation_id(std::string_view text) {
  const auto id = parse_count(text, {.least = 1, .most = std::numeric_limits<std::int64_t>::max()});
  if (!id) return std::unexpected("must be the installation's number");
  return InstallationId(*id);
}

// A value of policy/, with its own words for what is wrong.
template <class T>
Parsed<T> from_policy(Result<T> value) {
  if (!value) return std::unexpected("is refused: " + value.error().message());
  return std::move(*value);
}

Parsed<std::string> parse_no_proxy(std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty() || trimmed.size() > 253) return std::unexpected("must be a host, a .suffix or *");
  return lower(trimmed);
}

Parsed<std::string> parse_proxy(std::string_view text) {
  const std::string proxy(trim(text));
  const Result<http::TrustedProxies> parsed = http::TrustedProxies::parse(std::span(&proxy, 1));
  if (!parsed) return std::unexpected("must be an address, a network such as 10.0.0.0/8, or unix");
  return proxy;
}

Parsed<catalogue::OperationList> parse_operations(Texts texts) {
  const std::vector<std::string_view> entries(texts.begin(), texts.end());
  return from_policy(catalogue::OperationList::parse(entries));
}

// A host, or all below one.
Parsed<std::string> parse_host_pattern(std::string_view text) {
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  const Result<policy::HostName> host = policy::HostName::parse(name);
  if (!host) return std::unexpected("must be a host such as codeload.github.com, or *.githubusercontent.com");
  return std::string(text.substr(0, text.size() - name.size())) + host->text();
}

Parsed<obs::LogFormat> parse_format(std::string_view text) {
  if (text == "text") return obs::LogFormat::kText;
  if (text == "json") return obs::LogFormat::kJson;
  return std::unexpected("must be text or json");
}

Parsed<obs::Severity> parse_level(std::string_view text) {
  using obs::Severity;
  for (const Severity level : {Severity::kDebug, Severity::kInfo, Severity::kWarning, Severity::kError}) {
    if (text == to_string(level)) return level;
  }
  return std::unexpected("must be debug, info, warning or error");
}

TlsFiles& tls_of(Draft& draft) {
  if (!draft.config.listen.tls) draft.config.listen.tls.emplace();
  return *draft.config.listen.tls;
}

// The keys of an App: of the section `github` and of each entry of `apps`.
template <class Target, class Where>
void add_app_keys(KeyList<Target>& keys, const std::string& prefix, Where where) {
  const auto of = [where](auto member) {
    return [where, member](Target& target) -> auto& { return where(target).*member; };
  };
  const auto of_app = [where](auto member) {
    return [where, member](Target& target) -> auto& { return where(target).app.*member; };
  };
  keys.scalar(prefix + "host", of(&AppDraft::host), parse_host);
  keys.scalar(prefix + "api_url", of(&AppDraft::api_url), parse_api_url);
  keys.scalar(prefix + "app_id", of(&AppDraft::app_id), parse_app_id);
  keys.scalar(prefix + "client_id", of(&AppDraft::client_id), parse_client_id);
  keys.secret(prefix + "private_key", SecretKind::kKey, of_app(&App::private_key));
  keys.scalar(prefix + "installation_id", of_app(&App::installation_id), parse_installation_id);
}

void add_listen_keys(KeyList<Draft>& keys) {
  const auto tls = [](std::string TlsFiles::* file) {
    return [file](Draft& draft) -> std::string& { return tls_of(draft).*file; };
  };
  keys.list("listen.tcp", in(&Config::listen, &Listen::tcp), parse_tcp_address);
  keys.list("listen.unix", in(&Config::listen, &Listen::unix_sockets), parse_socket_path);
  keys.scalar("listen.unix_mode", in(&Config::listen, &Listen::unix_mode), parse_file_mode);
  keys.list("listen.trusted_proxies", in(&Config::listen, &Listen::trusted_proxies), parse_proxy);
  keys.list("listen.unix_allowed_uids", in(&Config::listen, &Listen::unix_allowed_uids), parse_uid);
  keys.scalar("listen.tls.certificate", tls(&TlsFiles::certificate), parse_path);
  keys.scalar("listen.tls.key", tls(&TlsFiles::key), parse_path);
}

void add_github_keys(KeyList<Draft>& keys) {
  add_app_keys(keys, "github.", [](Draft& draft) -> AppDraft& { return draft.github; });
  keys.scalar("github.ca_file", in(&Config::outbound, &Outbound::ca_file), parse_path);
  keys.secret("github.proxy", SecretKind::kUrl, in(&Config::outbound, &Outbound::proxy));
  keys.list("github.no_proxy", in(&Config::outbound, &Outbound::no_proxy), parse_no_proxy);
  keys.scalar("github.connect_timeout", in(&Config::outbound, &Outbound::connect_timeout), within(kTimeout));
  keys.scalar("github.request_timeout", in(&Config::outbound, &Outbound::request_timeout), within(kTimeout));
}

void add_token_keys(KeyList<Draft>& keys) {
  keys.scalar("tokens.refresh_ahead", in(&Config::tokens, &Tokens::refresh_ahead), within(kUnderAnHour));
  keys.scalar("tokens.refresh_before_use", in(&Config::tokens, &Tokens::refresh_before_use),
              within(kUnderAnHour));
  keys.scalar("tokens.floor", in(&Config::tokens, &Tokens::floor), within(kUnderAnHour));
  keys.scalar("tokens.keep_warm", in(&Config::tokens, &Tokens::keep_warm),
              within({.least = 0s, .most = 24h}));
  // An entry is about 1.5 kB; ten million of them fill a large machine.
  keys.scalar("tokens.max_entries", in(&Config::tokens, &Tokens::max_entries), count_within(1, 10'000'000));
}

void add_operation_keys(KeyList<Draft>& keys) {
  keys.whole_list("operations.allow", in(&Config::operations, &Operations::allow), parse_operations);
  keys.list("operations.redirect_hosts", in(&Config::operations, &Operations::redirect_hosts),
            parse_host_pattern);
  keys.scalar("operations.in_flight", in(&Config::operations, &Operations::in_flight), count_within(1, 100));
  keys.scalar("operations.write_interval", in(&Config::operations, &Operations::write_interval),
              within({.least = 0s, .most = 1min}));
  keys.scalar("operations.max_wait", in(&Config::operations, &Operations::max_wait),
              within({.least = 0s, .most = 10min}));
}

void add_access_keys(KeyList<Draft>& keys) {
  const auto parse_repository = [](std::string_view text) {
    return from_policy(policy::Repository::parse(text));
  };
  const auto parse_permissions = [](std::string_view text) {
    return from_policy(policy::PermissionSet::parse(text));
  };
  keys.secret("fallback.token", SecretKind::kToken, in(&Config::fallback, &Fallback::token));
  keys.list("fallback.repositories", in(&Config::fallback, &Fallback::repositories), parse_repository);
  keys.scalar("fallback.allow_writes", in(&Config::fallback, &Fallback::allow_writes), parse_bool);
  keys.secret("admin.token", SecretKind::kToken, in(&Config::admin, &Admin::token));
  keys.scalar("admin.permissions", in(&Config::admin, &Admin::permissions), parse_permissions);
}

Parsed<std::optional<Duration>> parse_keep(std::string_view text) {
  if (text == "forever") return std::optional<Duration>();
  const Parsed<Duration> keep = within({.least = 1h, .most = 24h * 3650})(text);
  if (!keep) return std::unexpected(keep.error() + ", or 'forever'");
  return std::optional(*keep);
}

void add_policy_keys(KeyList<Draft>& keys) {
  keys.scalar("policy.path", in(&Config::policy, &PolicySource::path), parse_path);
  keys.scalar("policy.trial", in(&Config::policy, &PolicySource::trial_path), parse_path);
  keys.secrets("sessions.keys", SecretKind::kPhrase, kMaxSessionKeys, in(&Config::sessions, &Sessions::keys));
}

void add_ledger_keys(KeyList<Draft>& keys) {
  keys.scalar("ledger.records", in(&Config::ledger, &Ledger::records), parse_bool);
  keys.scalar("ledger.file", in(&Config::ledger, &Ledger::file), parse_path);
  keys.scalar("ledger.required", in(&Config::ledger, &Ledger::required), parse_bool);
  keys.scalar("ledger.keep", in(&Config::ledger, &Ledger::keep), parse_keep);
}

void add_approval_keys(KeyList<Draft>& keys) {
  keys.scalar("approvals.webhook.url", in(&Config::approvals, &Approvals::webhook_url), parse_webhook_url);
  keys.secret("approvals.webhook.secret", SecretKind::kPhrase,
              in(&Config::approvals, &Approvals::webhook_secret));
}

void add_webhook_keys(KeyList<Draft>& keys) {
  keys.secrets("webhooks.secret", SecretKind::kPhrase, kMaxWebhookSecrets,
               in(&Config::webhooks, &Webhooks::secrets));
  keys.scalar("webhooks.poll_deliveries", in(&Config::webhooks, &Webhooks::poll_deliveries),
              within(kPollInterval));
}

void add_redis_keys(KeyList<Draft>& keys) {
  keys.scalar("redis.url", in(&Config::redis, &Redis::server), parse_redis_url);
  keys.secret("redis.password", SecretKind::kPhrase, in(&Config::redis, &Redis::password));
  keys.scalar("redis.sentinel_user", in(&Config::redis, &Redis::sentinel_user), parse_redis_user);
  keys.secret("redis.sentinel_password", SecretKind::kPhrase, in(&Config::redis, &Redis::sentinel_password));
  keys.secrets("redis.seal_keys", SecretKind::kPhrase, kMaxSealKeys, in(&Config::redis, &Redis::seal_keys));
  keys.scalar("redis.ca_file", in(&Config::redis, &Redis::ca_file), parse_path);
  keys.scalar("redis.certificate", in(&Config::redis, &Redis::certificate), parse_path);
  keys.scalar("redis.key", in(&Config::redis, &Redis::key), parse_path);
}

void add_boot_keys(KeyList<Draft>& keys) {
  keys.scalar("env.url", in(&Config::env, &Boot::url), parse_own_address);
  keys.scalar("env.token_file", in(&Config::env, &Boot::token_file), parse_absolute_path);
  keys.scalar("env.credential_config", in(&Config::env, &Boot::credential_config), parse_absolute_path);
  keys.scalar("env.inject_token", in(&Config::env, &Boot::inject_token), parse_bool);
}

void add_server_keys(KeyList<Draft>& keys) {
  keys.scalar("records.path", in(&Config::records, &Records::path), parse_path);
  keys.scalar("records.url", in(&Config::records, &Records::url), parse_postgres_url);
  keys.secret("records.password", SecretKind::kPhrase, in(&Config::records, &Records::password));
  // A change holds up all others, and PostgreSQL's usual limit is 100 for all replicas.
  keys.scalar("records.connections", in(&Config::records, &Records::connections), count_within(1, 32));
  keys.scalar("log.format", in(&Config::log, &Logging::format), parse_format);
  keys.scalar("log.level", in(&Config::log, &Logging::level), parse_level);
  keys.scalar("limits.threads", in(&Config::limits, &Limits::threads), count_within(0, 256));
  keys.scalar("limits.connections", in(&Config::limits, &Limits::connections), count_within(1, 1'000'000));
  keys.scalar("limits.connections_per_address", in(&Config::limits, &Limits::connections_per_address),
              count_within(0, 1'000'000));
  keys.scalar("limits.requests_per_workspace", in(&Config::limits, &Limits::requests_per_workspace),
              count_within(0, PerMinute::kMost));
  keys.scalar("limits.requests_per_address", in(&Config::limits, &Limits::requests_per_address),
              count_within(0, PerMinute::kMost));
  keys.scalar("limits.failures_per_address", in(&Config::limits, &Limits::failures_per_address),
              count_within(0, PerMinute::kMost));
  keys.scalar("limits.body_bytes", in(&Config::limits, &Limits::body_bytes), bytes_within(1024, 1 << 30));
  keys.scalar("limits.header_timeout", in(&Config::limits, &Limits::header_timeout), within(kTimeout));
  keys.scalar("limits.body_timeout", in(&Config::limits, &Limits::body_timeout), within(kTimeout));
  keys.scalar("limits.idle_timeout", in(&Config::limits, &Limits::idle_timeout), within(kUnderAnHour));
  keys.scalar("limits.write_timeout", in(&Config::limits, &Limits::write_timeout), within(kTimeout));
  keys.scalar("limits.request_timeout", in(&Config::limits, &Limits::request_timeout), within(kTimeout));
  keys.scalar("limits.shutdown_grace", in(&Config::limits, &Limits::shutdown_grace),
              within({.least = 0s, .most = 10min}));
}

std::vector<Key<Draft>> make_keys() {
  KeyList<Draft> keys;
  add_listen_keys(keys);
  add_github_keys(keys);
  add_token_keys(keys);
  add_operation_keys(keys);
  add_access_keys(keys);
  add_policy_keys(keys);
  add_ledger_keys(keys);
  add_approval_keys(keys);
  add_webhook_keys(keys);
  add_boot_keys(keys);
  add_redis_keys(keys);
  add_server_keys(keys);
  return keys.take();
}

std::vector<Key<AppDraft>> make_app_keys() {
  KeyList<AppDraft> keys;
  keys.scalar("name", [](AppDraft& draft) -> auto& { return draft.app.name; }, parse_app_name);
  add_app_keys(keys, "", [](AppDraft& draft) -> AppDraft& { return draft; });
  return keys.take();
}

Parsed<std::pair<std::string, std::string>> parse_option(std::string_view name, std::string_view value) {
  constexpr std::size_t kLongestValue = 4096;  // it is a path, a URL, a word; more belongs into a file
  if (value.size() > kLongestValue || value.find('\0') != std::string_view::npos) {
    return std::unexpected("must be a text of at most 4096 bytes");
  }
  return std::pair(std::string(name), std::string(value));
}

std::vector<Key<PluginDraft>> make_plugin_keys() {
  const auto of = [](auto member) {
    return [member](PluginDraft& draft) -> auto& { return draft.plugin.*member; };
  };
  KeyList<PluginDraft> keys;
  keys.scalar("name", of(&Plugin::name), parse_app_name);
  keys.scalar("path", of(&Plugin::path), parse_absolute_path);
  keys.map("options", of(&Plugin::options), parse_option);
  keys.list("hosts", [](PluginDraft& draft) -> auto& { return draft.hosts; }, parse_host);
  return keys.take();
}

}  // namespace

const std::vector<Key<PluginDraft>>& plugin_keys() {
  static const std::vector<Key<PluginDraft>> all = make_plugin_keys();
  return all;
}

const std::vector<Key<Draft>>& keys() {
  static const std::vector<Key<Draft>> all = make_keys();
  return all;
}

const std::vector<Key<AppDraft>>& app_keys() {
  static const std::vector<Key<AppDraft>> all = make_app_keys();
  return all;
}

std::string variable_of(std::string_view path) {
  std::string name = "HUBWARDEN_";
  for (const char c : path) {
    const bool is_lower = c >= 'a' && c <= 'z';
    name += c == '.' ? '_' : is_lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace hubwarden::config
