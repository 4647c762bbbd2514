#include "sandbox/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "sandbox/rest_apps.h"
#include "sandbox/rest_hooks.h"
#include "sandbox/rest_meta.h"
#include "sandbox/rest_repositories.h"

namespace hubwarden::sandbox {
namespace {

constexpr std::array<std::string_view, 2> kVersions = {"2022-11-28", "2026-03-10"};
constexpr std::string_view kUndecodable = "A JSON web token could not be decoded";
constexpr std::string_view kNotAccessible = "Resource not accessible by integration";

using Serve = Step (*)(Context);
constexpr std::array<std::pair<std::string_view, Serve>, 26> kServed = {
    {{"meta/root", get_root},
     {"meta/get", get_meta},
     {"rate-limit/get", get_rate_limit},
     {"users/get-authenticated", get_user},
     {"apps/get-authenticated", get_app},
     {"apps/list-webhook-deliveries", list_deliveries},
     {"apps/get-webhook-delivery", get_delivery},
     {"apps/list-installations", list_installations},
     {"apps/get-installation", get_installation},
     {"apps/delete-installation", delete_installation},
     {"apps/create-installation-access-token", create_access_token},
     {"apps/suspend-installation", suspend_installation},
     {"apps/unsuspend-installation", unsuspend_installation},
     {"apps/get-org-installation", get_account_installation},
     {"apps/get-user-installation", get_account_installation},
     {"apps/get-repo-installation", get_repository_installation},
     {"apps/list-repos-accessible-to-installation", list_installation_repositories},
     {"apps/revoke-installation-access-token", revoke_token},
     {"repos/get", get_repository},
     {"repos/get-content", get_contents},
     {"repos/create-or-update-file-contents", put_contents},
     {"issues/list-for-repo", list_issues},
     {"issues/create", create_issue},
     {"issues/get", get_issue},
     {"issues/list-comments", list_comments},
     {"issues/create-comment", create_comment}}};

Step serve(Context context) {
  for (const auto& [operation, function] : kServed) {
    if (operation == context.exchange.route->operation) return function(context);
  }
  HW_CHECK(false);
}

}  // namespace

void Api::route(Exchange& exchange) {
  if (auto match = match_route(exchange.call.method, exchange.call.path)) {
    exchange.route = match->route;
    exchange.parameters = std::move(match->parameters);
  }
}

Step Api::begin(Exchange& exchange) {
  if (Refused refused = check_form(exchange)) return std::move(*refused);
  if (Refused refused = identify(exchange)) return std::move(*refused);
  if (Refused refused = count(exchange)) return std::move(*refused);
  if (!exchange.route) return exchange.not_found();
  if (Refused refused = check_caller(exchange)) return std::move(*refused);
  if (Refused refused = find_repository(exchange)) return std::move(*refused);
  if (Refused refused = check_permissions(exchange)) return std::move(*refused);
  return serve(Context{state_, random_, exchange});
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

// An App's own requests carry no limits; asking for the limit is free.
Api::Refused Api::count(Exchange& exchange) {
  if (exchange.window.empty()) return std::nullopt;
  const Settings& settings = state_.settings;
  const std::uint64_t limit = exchange.access ? settings.rate_limit : settings.anonymous_rate_limit;
  if (exchange.route && exchange.route->operation == "rate-limit/get") {
    exchange.quota = state_.windows.look(exchange.window, limit, exchange.now);
    return std::nullopt;
  }
  exchange.quota = state_.windows.take(exchange.window, limit, exchange.now);
  if (!exchange.quota->exceeded) return std::nullopt;
  const std::string whom =
      exchange.access ? "installation ID " + std::to_string(exchange.access->token.installation.value())
                      : exchange.call.address;
  return error_answer(403, "API rate limit exceeded for " + whom + ".",
                      "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api");
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
    case Caller::kAnyone:
      if (exchange.app && !about_github) return exchange.refuse(403, kNotAccessible);
      return std::nullopt;
  }
  HW_CHECK(false);
}

http::Response Api::moved(const Exchange& exchange, const Repository& repository) const {
  // "/repos/{owner}/{repo}" is left out; the rest and the query stay.
  std::size_t rest = 0;
  for (int segment = 0; segment < 3 && rest != std::string::npos; ++segment) {
    rest = exchange.call.path.find('/', rest + 1);
  }
  std::string location = state_.urls.api + "/repositories/" + std::to_string(repository.id.value());
  if (rest != std::string::npos) location += exchange.call.path.substr(rest);
  if (!exchange.call.query.empty()) location += "?" + exchange.call.query;
  return moved_answer(exchange.reads(), location);
}

Api::Refused Api::find_repository(Exchange& exchange) const {
  const Parameters& parameters = exchange.parameters;
  const auto visible = [&](const Repository* repository) {
    if (!repository) return false;
    if (exchange.app) {
      const Installation* installed = state_.world.installation_on(*exchange.app, repository->owner);
      return installed && state_.world.reaches(*installed, *repository);
    }
    return exchange.access ? exchange.access->may_see(state_.world, *repository) : !repository->is_private;
  };
  const Repository* found = nullptr;
  if (const auto id = parameters.find("repository_id"); id != parameters.end()) {
    const auto number = parse_number<std::uint64_t>(id->second);
    found = number ? state_.world.repository(RepositoryId(*number)) : nullptr;
  } else if (const auto name = parameters.find("repo"); name != parameters.end()) {
    const std::string& owner = parameters.find("owner")->second;
    found = state_.world.repository(owner, name->second);
    const Repository* before = found ? nullptr : state_.world.moved(owner, name->second);
    if (visible(before)) return moved(exchange, *before);
  } else {
    return std::nullopt;
  }
  if (!visible(found)) return exchange.not_found();
  exchange.repository = found->id;
  return std::nullopt;
}

Api::Refused Api::check_permissions(const Exchange& exchange) const {
  if (!exchange.repository || exchange.app) return std::nullopt;
  const Repository& repository = *state_.world.repository(*exchange.repository);
  if (exchange.reads() && !repository.is_private) return std::nullopt;
  HW_CHECK(exchange.access.has_value());
  if (!exchange.access->reaches(state_.world, repository) ||
      !satisfies(exchange.access->permissions, exchange.route->accepted)) {
    return exchange.refuse(403, kNotAccessible);
  }
  if (!exchange.reads() && repository.is_archived) {
    return exchange.refuse(403, "Repository was archived so is read-only.");
  }
  return std::nullopt;
}

}  // namespace hubwarden::sandbox
