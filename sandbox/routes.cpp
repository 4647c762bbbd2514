#include "sandbox/routes.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sandbox/documented_routes.h"
#include "sandbox/route_tree.h"

namespace hubwarden::sandbox {
namespace {

using enum http::Method;
using enum Caller;

constexpr std::string_view kWriteContents = "contents=write; contents=write,workflows=write";
constexpr std::string_view kReadComments = "issues=read; pull_requests=read";
constexpr std::string_view kWriteComments = "issues=write; pull_requests=write";

constexpr std::array kOwnRoutes = {
    Route{kGet, "/", "meta/root", kAnyone, "", "/meta/meta#github-api-root"},
    Route{kGet, "/meta", "meta/get", kAnyone, "", "/meta/meta#get-apiname-meta-information"},
    Route{kGet, "/rate_limit", "rate-limit/get", kAnyone, "",
          "/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user"},
    Route{kGet, "/user", "users/get-authenticated", kAnyone, "", "/users/users#get-the-authenticated-user"},
    Route{kGet, "/app", "apps/get-authenticated", kApp, "", "/apps/apps#get-the-authenticated-app"},
    Route{kGet, "/app/hook/deliveries", "apps/list-webhook-deliveries", kApp, "",
          "/apps/webhooks#list-deliveries-for-an-app-webhook"},
    Route{kGet, "/app/hook/deliveries/{delivery_id}", "apps/get-webhook-delivery", kApp, "",
          "/apps/webhooks#get-a-delivery-for-an-app-webhook"},
    Route{kGet, "/app/installations", "apps/list-installations", kApp, "",
          "/apps/apps#list-installations-for-the-authenticated-app"},
    Route{kGet, "/app/installations/{installation_id}", "apps/get-installation", kApp, "",
          "/apps/apps#get-an-installation-for-the-authenticated-app"},
    Route{kDelete, "/app/installations/{installation_id}", "apps/delete-installation", kApp, "",
          "/apps/apps#delete-an-installation-for-the-authenticated-app"},
    Route{kPost, "/app/installations/{installation_id}/access_tokens",
          "apps/create-installation-access-token", kApp, "",
          "/apps/apps#create-an-installation-access-token-for-an-app"},
    Route{kPut, "/app/installations/{installation_id}/suspended", "apps/suspend-installation", kApp, "",
          "/apps/apps#suspend-an-app-installation"},
    Route{kDelete, "/app/installations/{installation_id}/suspended", "apps/unsuspend-installation", kApp, "",
          "/apps/apps#unsuspend-an-app-installation"},
    Route{kGet, "/orgs/{org}/installation", "apps/get-org-installation", kApp, "",
          "/apps/apps#get-an-organization-installation-for-the-authenticated-app"},
    Route{kGet, "/repos/{owner}/{repo}/installation", "apps/get-repo-installation", kApp, "",
          "/apps/apps#get-a-repository-installation-for-the-authenticated-app"},
    Route{kGet, "/users/{username}/installation", "apps/get-user-installation", kApp, "",
          "/apps/apps#get-a-user-installation-for-the-authenticated-app"},
    Route{kGet, "/installation/repositories", "apps/list-repos-accessible-to-installation", kInstallation,
          "metadata=read", "/apps/installations#list-repositories-accessible-to-the-app-installation"},
    Route{kDelete, "/installation/token", "apps/revoke-installation-access-token", kInstallation, "",
          "/apps/installations#revoke-an-installation-access-token"},
    Route{kGet, "/repos/{owner}/{repo}", "repos/get", kAnyone, "metadata=read",
          "/repos/repos#get-a-repository"},
    Route{kGet, "/repos/{owner}/{repo}/contents/{path}", "repos/get-content", kAnyone, "contents=read",
          "/repos/contents#get-repository-content"},
    Route{kPut, "/repos/{owner}/{repo}/contents/{path}", "repos/create-or-update-file-contents",
          kInstallation, kWriteContents, "/repos/contents#create-or-update-file-contents"},
    Route{kGet, "/repos/{owner}/{repo}/issues", "issues/list-for-repo", kAnyone, "issues=read",
          "/issues/issues#list-repository-issues"},
    Route{kPost, "/repos/{owner}/{repo}/issues", "issues/create", kInstallation, "issues=write",
          "/issues/issues#create-an-issue"},
    Route{kGet, "/repos/{owner}/{repo}/issues/{issue_number}", "issues/get", kAnyone, "issues=read",
          "/issues/issues#get-an-issue"},
    Route{kGet, "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues/list-comments", kAnyone,
          kReadComments, "/issues/comments#list-issue-comments"},
    Route{kPost, "/repos/{owner}/{repo}/issues/{issue_number}/comments", "issues/create-comment",
          kInstallation, kWriteComments, "/issues/comments#create-an-issue-comment"},
};

// Where the facts and this table speak of the same operation, the facts add what its success looks like.
std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const Route& documented : documented_routes()) {
    Route route = documented;
    const auto own = std::find_if(kOwnRoutes.begin(), kOwnRoutes.end(),
                                  [&](const Route& one) { return one.operation == documented.operation; });
    if (own != kOwnRoutes.end()) route = *own;
    route.success = documented.success;
    route.form = documented.form;
    all.push_back(route);
  }
  return all;
}

// "/repositories/700000001/issues" is matched as "/repos/-/-/issues", the number kept beside.
struct Path {
  std::vector<std::string_view> segments;
  std::optional<std::string> repository_number;
};

Path take_apart(std::string_view path) {
  Path apart{split(path.substr(1), '/'), std::nullopt};
  if (apart.segments.size() >= 2 && apart.segments[0] == "repositories" && !apart.segments[1].empty()) {
    apart.repository_number = std::string(apart.segments[1]);
    apart.segments[0] = "repos";
    apart.segments.insert(apart.segments.begin() + 1, "-");
    apart.segments[2] = "-";
  }
  return apart;
}

}  // namespace

std::string Route::name() const {
  return std::string(to_string(method)) + " " + std::string(pattern);
}

std::span<const Route> own_routes() {
  return kOwnRoutes;
}

std::span<const Route> routes() {
  static const std::vector<Route> all = all_routes();
  return all;
}

std::optional<Match> match_route(http::Method method, std::string_view path) {
  static const RouteTree tree(routes());
  if (method == http::Method::kHead) method = http::Method::kGet;
  Path apart = take_apart(path);
  auto found = tree.find(method, apart.segments);
  if (!found) return std::nullopt;
  return Match{found->route, std::move(found->parameters), std::move(apart.repository_number)};
}

}  // namespace hubwarden::sandbox
