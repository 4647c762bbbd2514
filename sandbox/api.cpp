#include "sandbox/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "sandbox/handlers.h"
#include "sandbox/rest_minimal.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::array<std::string_view, 2> kVersions = {"2022-11-28", "2026-03-10"};
constexpr std::string_view kUndecodable = "A JSON web token could not be decoded";
constexpr std::string_view kNotAccessible = "Resource not accessible by integration";

}  // namespace

void Api::route(Exchange& exchange) {
  if (auto match = match_route(exchange.call.method, exchange.call.path)) {
    exchange.route = match->route;
    exchange.parameters = std::move(match->parameters);
    exchange.repository_number = std::move(match->repository_number);
    exchange.resource = resource_of(exchange.route->operation);
  }
  state_.arrivals.add("rest", exchange.call, exchange.now);
  check_patience(exchange);
  take_points(exchange);
}

Step Api::begin(Exchange& exchange) {
  if (Refused refused = check_form(exchange)) return std::move(*refused);
  if (Refused refused = identify(exchange)) return std::move(*refused);
  if (Refused refused = check_secondary(exchange)) return std::move(*refused);
  if (Refused refused = count(exchange)) return std::move(*refused);
  if (!exchange.route) return exchange.not_found();
  if (Refused refused = check_caller(exchange)) return std::move(*refused);
  if (Refused refused = find_repository(exchange)) return std::move(*refused);
  if (Refused refused = check_permissions(exchange)) return std::move(*refused);
  const Context context{state_, random_, exchange};
  const Serve serve = handler_of(exchange.route->operation);
  return serve != nullptr ? serve(context) : minimal_answer(context);
}

Api::Refused Api::check_form(Exchange& exchange) {
  exchange.version = kVersions.front();
  const auto agent = exchange.call.header("User-Agent");
  if (!agent || trim(*agent).empty()) {
    return error_answer(
        403,
        "Missing or invalid User Agent string. See https://docs.github.com/rest/using-the-rest-api/"
        "getting-started-with-the-rest-api#user-agent-required");
  }
  const auto wanted = exchange.call.header("X-GitHub-Api-Version");
  if (!wanted) return std::nullopt;
  if (std::find(kVersions.begin(), kVersions.end(), *wanted) == kVersions.end()) {
    return error_answer(
        400, R"(The version you specified in the "X-GitHub-Api-Version" request header, ")" +
                 printable(*wanted, 50) +
                 R"(", is not a supported version. The following versions are currently supported: )"
                 R"("2022-11-28", "2026-03-10" (most recent).)");
  }
  exchange.version = *wanted;
  return std::nullopt;
}

http::Response Api::bad_login(Exchange& exchange, std::string_view message) {
  const Settings& settings = state_.settings;
  state_.failed_logins.failed(exchange.call.address, settings.failed_login_limit,
                              settings.failed_login_lockout, exchange.now);
  return error_answer(401, message);
}

Api::Refused Api::identify(Exchange& exchange) {
  using enum Credentials::Scheme;
  const Credentials credentials = credentials_of(exchange.call.header("Authorization"));
  const bool wants_app = exchange.route && exchange.route->caller == Caller::kApp;
  if (credentials.scheme == kNone) {
    if (wants_app) return error_answer(401, kUndecodable);
    exchange.window = "address:" + exchange.call.address;
    return std::nullopt;
  }
  if (state_.failed_logins.is_closed(exchange.call.address, exchange.now)) {
    return error_answer(403, "Maximum number of login attempts exceeded. Please try again later.");
  }
  if (looks_like_jwt(credentials.secret)) return identify_app(exchange, credentials);
  if (wants_app) {
    const bool is_token = credentials.secret.starts_with("gh");
    return bad_login(exchange, is_token ? kUndecodable : "Bad credentials");
  }
  return identify_token(exchange, credentials);
}

// A JWT is taken after "Bearer" alone; "token" is for GitHub's own tokens.
Api::Refused Api::identify_app(Exchange& exchange, const Credentials& credentials) {
  if (credentials.scheme != Credentials::Scheme::kBearer) return bad_login(exchange, kUndecodable);
  auto app = check_app_jwt(credentials.secret, state_.world, state_.shown(exchange.now),
                           state_.settings.quoted_issuer);
  if (!app) return bad_login(exchange, app.error());
  exchange.app = *app;
  return std::nullopt;
}

Api::Refused Api::identify_token(Exchange& exchange, const Credentials& credentials) {
  auto access = check_token(state_, credentials.secret, exchange.now);
  if (access) {
    exchange.window = "installation:" + std::to_string(access->token.installation.value());
    exchange.access = std::move(*access);
    return std::nullopt;
  }
  count_refusal(state_.records.totals, access.error(), false);
  if (access.error() == TokenFault::kSuspended) {
    return exchange.refuse(403, "This installation has been suspended");
  }
  if (access.error() != TokenFault::kTooFresh) return bad_login(exchange, "Bad credentials");
  switch (state_.settings.replication_lag_status) {
    case 403: return exchange.refuse(403, kNotAccessible);
    case 404: return exchange.not_found();
    default: return error_answer(401, "Bad credentials");
  }
}

Api::Refused Api::check_caller(const Exchange& exchange) {
  if (exchange.route->operation == "apps/list-repos-accessible-to-installation" && exchange.app) {
    return exchange.refuse(
        403,
        "You must authenticate with an installation access token in order to list repositories "
        "for an installation.");
  }
  const bool about_github = exchange.route->accepted.empty();
  switch (exchange.route->caller) {
    case Caller::kApp: HW_CHECK(exchange.app.has_value()); return std::nullopt;
    case Caller::kInstallation:
      if (exchange.access) return std::nullopt;
      if (exchange.app) return exchange.refuse(403, kNotAccessible);
      return exchange.refuse(401, "Requires authentication");
    case Caller::kNobody:
      if (exchange.access || exchange.app) return exchange.refuse(403, kNotAccessible);
      return exchange.refuse(401, "Requires authentication");
    case Caller::kAnyone:
      if (exchange.app && !about_github) return exchange.refuse(403, kNotAccessible);
      return std::nullopt;
  }
  HW_CHECK(false);
}

}  // namespace hubwarden::sandbox
