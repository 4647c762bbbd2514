// What a configuration may say of a PostgreSQL. PostgreSQL's own library reads the URL in the end: this sees
// to it that it is one, and that no password and nothing unexpected is in it.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/problem.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

constexpr std::size_t kMaxUrl = 2048;

// Of libpq's, those that say where the server is and how to trust it.
constexpr std::array kParameters = std::to_array<std::string_view>({"host",
                                                                    "hostaddr",
                                                                    "port",
                                                                    "dbname",
                                                                    "user",
                                                                    "sslmode",
                                                                    "sslrootcert",
                                                                    "sslcert",
                                                                    "sslkey",
                                                                    "sslcrl",
                                                                    "sslcrldir",
                                                                    "sslsni",
                                                                    "ssl_min_protocol_version",
                                                                    "ssl_max_protocol_version",
                                                                    "channel_binding",
                                                                    "requirepeer",
                                                                    "krbsrvname",
                                                                    "gssencmode",
                                                                    "target_session_attrs",
                                                                    "application_name",
                                                                    "keepalives",
                                                                    "keepalives_idle",
                                                                    "keepalives_interval",
                                                                    "keepalives_count",
                                                                    "tcp_user_timeout"});

struct PostgresUrl {
  std::string_view user;
  std::string_view hosts;
  std::vector<std::pair<std::string, std::string>> parameters;
};

// "db.example.com", "[::1]:5432"
bool is_host(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const auto port =
      has_port ? parse_number<std::uint16_t>(text.substr(colon + 1)) : std::optional<std::uint16_t>(1);
  const std::string_view host = text.substr(0, has_port ? colon : text.size());
  return port && *port != 0 && std::ranges::all_of(host, [](char c) {
           return is_alnum(c) || std::string_view("._-%[]:").find(c) != std::string_view::npos;
         });
}

std::optional<PostgresUrl> split(std::string_view text) {
  const std::size_t scheme = text.starts_with("postgresql://") ? 13
                             : text.starts_with("postgres://") ? 11
                                                               : 0;
  const bool plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("\"'#<>\\^`{|}").find(c) == std::string_view::npos;
  });
  if (scheme == 0 || !plain || text.size() > kMaxUrl) return std::nullopt;
  std::string_view rest = text.substr(scheme);
  PostgresUrl url;
  const std::size_t query = std::min(rest.find('?'), rest.size());
  for (const std::string_view each : hubwarden::split(rest.substr(std::min(query + 1, rest.size())), '&')) {
    const std::size_t equals = std::min(each.find('='), each.size());
    const auto name = percent_decode(each.substr(0, equals));
    const auto value = percent_decode(each.substr(std::min(equals + 1, each.size())));
    if (!name || !value) return std::nullopt;
    if (!each.empty()) url.parameters.emplace_back(*name, *value);
  }
  rest = rest.substr(0, query);
  url.hosts = rest.substr(0, rest.find('/'));
  if (const std::size_t at = url.hosts.find('@'); at != std::string_view::npos) {
    url.user = url.hosts.substr(0, at);
    url.hosts = url.hosts.substr(at + 1);
  }
  return url;
}

bool holds_password(const PostgresUrl& url) {
  const auto is_password = [](const auto& each) { return each.first.ends_with("password"); };
  return url.user.find(':') != std::string_view::npos || url.hosts.find('@') != std::string_view::npos ||
         std::ranges::any_of(url.parameters, is_password);
}

std::string parameter(const PostgresUrl& url, std::string_view name) {
  for (const auto& [known, value] : url.parameters) {
    if (known == name) return value;
  }
  return "";
}

}  // namespace

Parsed<std::string> parse_postgres_url(std::string_view text) {
  const std::optional<PostgresUrl> url = split(text);
  if (url && holds_password(*url)) {
    return std::unexpected("must not hold the password: it belongs into records.password");
  }
  if (!url || !std::ranges::all_of(hubwarden::split(url->hosts, ','), is_host)) {
    return std::unexpected(
        "must be a URL such as postgresql://hubwarden@db.example.com:5432/hubwarden?sslmode=verify-full");
  }
  for (const auto& [name, value] : url->parameters) {
    if (std::ranges::find(kParameters, name) == kParameters.end()) {
      return std::unexpected("has a parameter that is not known here: " + printable(name, kMaxShownValue));
    }
  }
  return std::string(text);
}

bool is_safe_from_the_network(std::string_view postgres_url) {
  const std::optional<PostgresUrl> url = split(postgres_url);
  if (!url) return false;
  const std::string mode = parameter(*url, "sslmode");
  if (mode == "verify-full" || mode == "verify-ca") return true;
  const std::string named = parameter(*url, "host");
  const std::string hosts = named.empty() ? std::string(url->hosts) : named;
  return hosts.empty() || hosts.starts_with('/') || hosts.starts_with("localhost") ||
         hosts.starts_with("127.") || hosts.starts_with("[::1]");
}

}  // namespace hubwarden::config
