#include "sandbox/rest_meta.h"

#include <array>
#include <boost/json/array.hpp>
#include <chrono>
#include <utility>

#include "sandbox/api_limits.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kRateGoneSince = "2026-03-10";

using Link = std::pair<std::string_view, std::string_view>;
constexpr std::array<Link, 31> kRootLinks = {
    {{"current_user_url", "/user"},
     {"authorizations_url", "/authorizations"},
     {"code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"},
     {"commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"},
     {"emails_url", "/user/emails"},
     {"emojis_url", "/emojis"},
     {"events_url", "/events"},
     {"feeds_url", "/feeds"},
     {"followers_url", "/user/followers"},
     {"following_url", "/user/following{/target}"},
     {"gists_url", "/gists{/gist_id}"},
     {"hub_url", "/hub"},
     {"issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"},
     {"issues_url", "/issues"},
     {"keys_url", "/user/keys"},
     {"label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"},
     {"notifications_url", "/notifications"},
     {"organization_url", "/orgs/{org}"},
     {"organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"},
     {"organization_teams_url", "/orgs/{org}/teams"},
     {"public_gists_url", "/gists/public"},
     {"rate_limit_url", "/rate_limit"},
     {"repository_url", "/repos/{owner}/{repo}"},
     {"repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"},
     {"current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"},
     {"starred_url", "/user/starred{/owner}{/repo}"},
     {"starred_gists_url", "/gists/starred"},
     {"user_url", "/users/{user}"},
     {"user_organizations_url", "/user/orgs"},
     {"user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"},
     {"user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"}}};

json::object shown(const Quota& quota, const State& state) {
  return {{"limit", quota.limit},
          {"remaining", quota.remaining()},
          {"reset", std::chrono::system_clock::to_time_t(state.shown(quota.reset))},
          {"used", quota.used}};
}

}  // namespace

Step get_root(Context context) {
  json::object body{{"current_user_authorizations_html_url",
                     context.state.urls.web + "/settings/connections/applications{/client_id}"}};
  for (const auto& [name, path] : kRootLinks) body[name] = context.state.urls.api + std::string(path);
  return json_answer(200, body);
}

Step get_meta(Context) {
  return json_answer(200, json::object{{"verifiable_password_authentication", false},
                                       {"web", json::array{"127.0.0.0/8"}},
                                       {"api", json::array{"127.0.0.0/8"}},
                                       {"git", json::array{"127.0.0.0/8"}}});
}

Step get_rate_limit(Context context) {
  const Exchange& exchange = context.exchange;
  const Party party = exchange.access ? Party::kInstallation : Party::kAddress;
  json::object resources;
  for (const std::string_view name : told_resources()) {
    const Allowance allowance = allowance_of(context.state.settings, name, party);
    const std::string key = bucket_key(exchange.window, name);
    resources[name] = shown(context.state.windows.look(key, allowance, exchange.now), context.state);
  }
  const json::value core = resources.at("core");
  json::object body{{"resources", std::move(resources)}};
  if (exchange.version < kRateGoneSince) body["rate"] = core;
  return json_answer(200, body);
}

Step get_user(Context context) {
  if (!context.exchange.access) return context.exchange.refuse(401, "Requires authentication");
  return context.exchange.refuse(403, "Resource not accessible by integration");
}

}  // namespace hubwarden::sandbox
