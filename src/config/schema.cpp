#include "config/schema.h"

#include <limits>
#include <utility>

#include "base/text.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

using Texts = std::span<const std::string>;
using Wrong = std::optional<std::string>;

// Longer waits than this are a typing error in a service that answers requests.
constexpr Range<Duration> kTimeout{.least = 10ms, .most = 10min};
constexpr Range<Duration> kUnderAnHour{.least = 1s, .most = 1h};

template <class T, class Where>
Wrong store(Parsed<T> value, Where&& where) {
  if (!value) return std::move(value.error());
  std::forward<Where>(where) = std::move(*value);
  return std::nullopt;
}

// A key of one text. `field` gives the member of the target, `parse` is one of values.h.
template <class Target, class Field, class Parse>
Key<Target> scalar(std::string path, Field field, Parse parse) {
  return {std::move(path), Shape::kScalar, [field, parse](Target& target, Texts texts, Context&) {
            return store(parse(texts.front()), field(target));
          }};
}

template <class Target, class Field, class Parse>
Key<Target> list(std::string path, Field field, Parse parse) {
  return {std::move(path), Shape::kList, [field, parse](Target& target, Texts texts, Context&) -> Wrong {
            auto& values = field(target);
            values.clear();
            for (const std::string& text : texts) {
              auto value = parse(text);
              if (!value) return "'" + printable(text, kMaxShownValue) + "' " + value.error();
              values.push_back(std::move(*value));
            }
            return std::nullopt;
          }};
}

template <class Target, class Field>
Key<Target> secret(std::string path, SecretKind kind, Field field) {
  return {std::move(path), Shape::kSecret,
          [kind, field](Target& target, Texts texts, Context& context) -> Wrong {
            const std::string& text = texts.front();
            const bool literal = context.from_environment && !SecretSource::is_reference(text);
            auto value = literal ? SecretSource::literal(text, kind)
                                 : context.secrets.resolve(text, kind, context.origin, context.warnings);
            if (!value) return std::move(value.error());
            field(target) = std::make_shared<const Secret>(std::move(*value));
            return std::nullopt;
          }};
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
void add_app_keys(std::vector<Key<Target>>& keys, const std::string& prefix, Where where) {
  keys.push_back(
      scalar<Target>(prefix + "host", [where](Target& t) -> auto& { return where(t).host; }, parse_host));
  keys.push_back(scalar<Target>(
      prefix + "api_url", [where](Target& t) -> auto& { return where(t).api_url; }, parse_base_url));
  keys.push_back(scalar<Target>(
      prefix + "app_id", [where](Target& t) -> auto& { return where(t).app_id; }, parse_app_id));
  keys.push_back(scalar<Target>(
      prefix + "client_id", [where](Target& t) -> auto& { return where(t).client_id; }, parse_client_id));
  keys.push_back(secret<Target>(prefix + "private_key", SecretKind::kKey,
                                [where](Target& t) -> auto& { return where(t).app.private_key; }));
  keys.push_back(scalar<Target>(
      prefix + "installation_id", [where](Target& t) -> auto& { return where(t).app.installation_id; },
      parse_installation_id));
}

#define FIELD(member) [](Draft& draft) -> auto& { return draft.config.member; }

void add_listen_keys(std::vector<Key<Draft>>& keys) {
  keys.push_back(list<Draft>("listen.tcp", FIELD(listen.tcp), parse_tcp_address));
  keys.push_back(list<Draft>("listen.unix", FIELD(listen.unix_sockets), parse_socket_path));
  keys.push_back(scalar<Draft>("listen.unix_mode", FIELD(listen.unix_mode), parse_file_mode));
  keys.push_back(scalar<Draft>(
      "listen.tls.certificate", [](Draft& draft) -> auto& { return tls_of(draft).certificate; }, parse_path));
  keys.push_back(
      scalar<Draft>("listen.tls.key", [](Draft& draft) -> auto& { return tls_of(draft).key; }, parse_path));
}

void add_github_keys(std::vector<Key<Draft>>& keys) {
  add_app_keys<Draft>(keys, "github.", [](Draft& draft) -> auto& { return draft.github; });
  keys.push_back(scalar<Draft>("github.ca_file", FIELD(outbound.ca_file), parse_path));
  keys.push_back(secret<Draft>("github.proxy", SecretKind::kUrl, FIELD(outbound.proxy)));
  keys.push_back(list<Draft>("github.no_proxy", FIELD(outbound.no_proxy), parse_no_proxy));
  keys.push_back(scalar<Draft>("github.connect_timeout", FIELD(outbound.connect_timeout), within(kTimeout)));
  keys.push_back(scalar<Draft>("github.request_timeout", FIELD(outbound.request_timeout), within(kTimeout)));
}

void add_token_keys(std::vector<Key<Draft>>& keys) {
  keys.push_back(scalar<Draft>("tokens.refresh_ahead", FIELD(tokens.refresh_ahead), within(kUnderAnHour)));
  keys.push_back(
      scalar<Draft>("tokens.refresh_before_use", FIELD(tokens.refresh_before_use), within(kUnderAnHour)));
  keys.push_back(scalar<Draft>("tokens.floor", FIELD(tokens.floor), within(kUnderAnHour)));
  keys.push_back(
      scalar<Draft>("tokens.keep_warm", FIELD(tokens.keep_warm), within({.least = 0s, .most = 24h})));
  // An entry is about 1.5 kB; ten million of them fill a large machine.
  keys.push_back(scalar<Draft>("tokens.max_entries", FIELD(tokens.max_entries), count_within(1, 10'000'000)));
}

void add_access_keys(std::vector<Key<Draft>>& keys) {
  keys.push_back(secret<Draft>("fallback.token", SecretKind::kToken, FIELD(fallback.token)));
  keys.push_back(
      list<Draft>("fallback.repositories", FIELD(fallback.repositories),
                  [](std::string_view text) { return from_policy(policy::Repository::parse(text)); }));
  keys.push_back(scalar<Draft>("fallback.allow_writes", FIELD(fallback.allow_writes), parse_bool));
  keys.push_back(secret<Draft>("admin.token", SecretKind::kToken, FIELD(admin.token)));
  keys.push_back(scalar<Draft>("admin.permissions", FIELD(admin.permissions), [](std::string_view text) {
    return from_policy(policy::PermissionSet::parse(text));
  }));
  keys.push_back(scalar<Draft>("env.hubwarden_url", FIELD(env.hubwarden_url), parse_service_url));
  keys.push_back(list<Draft>("env.variables", FIELD(env.variables), parse_variable));
}

void add_server_keys(std::vector<Key<Draft>>& keys) {
  keys.push_back(scalar<Draft>("records.path", FIELD(records.path), parse_path));
  keys.push_back(scalar<Draft>("log.format", FIELD(log.format), parse_format));
  keys.push_back(scalar<Draft>("log.level", FIELD(log.level), parse_level));
  keys.push_back(scalar<Draft>("limits.threads", FIELD(limits.threads), count_within(0, 256)));
  keys.push_back(scalar<Draft>("limits.connections", FIELD(limits.connections), count_within(1, 1'000'000)));
  keys.push_back(
      scalar<Draft>("limits.header_bytes", FIELD(limits.header_bytes), bytes_within(1024, 1 << 20)));
  keys.push_back(scalar<Draft>("limits.body_bytes", FIELD(limits.body_bytes), bytes_within(1024, 1 << 30)));
  keys.push_back(scalar<Draft>("limits.header_timeout", FIELD(limits.header_timeout), within(kTimeout)));
  keys.push_back(scalar<Draft>("limits.body_timeout", FIELD(limits.body_timeout), within(kTimeout)));
  keys.push_back(scalar<Draft>("limits.idle_timeout", FIELD(limits.idle_timeout), within(kUnderAnHour)));
  keys.push_back(scalar<Draft>("limits.write_timeout", FIELD(limits.write_timeout), within(kTimeout)));
  keys.push_back(scalar<Draft>("limits.request_timeout", FIELD(limits.request_timeout), within(kTimeout)));
  keys.push_back(scalar<Draft>("limits.shutdown_grace", FIELD(limits.shutdown_grace),
                               within({.least = 0s, .most = 10min})));
}

#undef FIELD

}  // namespace

const std::vector<Key<Draft>>& keys() {
  static const std::vector<Key<Draft>> all = [] {
    std::vector<Key<Draft>> made;
    add_listen_keys(made);
    add_github_keys(made);
    add_token_keys(made);
    add_access_keys(made);
    add_server_keys(made);
    return made;
  }();
  return all;
}

const std::vector<Key<AppDraft>>& app_keys() {
  static const std::vector<Key<AppDraft>> all = [] {
    std::vector<Key<AppDraft>> made;
    made.push_back(
        scalar<AppDraft>("name", [](AppDraft& app) -> auto& { return app.app.name; }, parse_app_name));
    add_app_keys<AppDraft>(made, "", [](AppDraft& app) -> auto& { return app; });
    return made;
  }();
  return all;
}

std::string variable_of(std::string_view path) {
  std::string name = "HUBWARDEN_";
  for (const char c : path)
    name += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return name;
}

}  // namespace hubwarden::config
