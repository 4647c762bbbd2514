#include "sandbox/render.h"

#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

using Suffix = std::pair<std::string_view, std::string_view>;

// Fields of a repository that are its URL with something behind.
constexpr std::array<Suffix, 37> kRepositoryUrls = {
    {{"archive_url", "/{archive_format}{/ref}"},
     {"assignees_url", "/assignees{/user}"},
     {"blobs_url", "/git/blobs{/sha}"},
     {"branches_url", "/branches{/branch}"},
     {"collaborators_url", "/collaborators{/collaborator}"},
     {"comments_url", "/comments{/number}"},
     {"commits_url", "/commits{/sha}"},
     {"compare_url", "/compare/{base}...{head}"},
     {"contents_url", "/contents/{+path}"},
     {"contributors_url", "/contributors"},
     {"deployments_url", "/deployments"},
     {"downloads_url", "/downloads"},
     {"events_url", "/events"},
     {"forks_url", "/forks"},
     {"git_commits_url", "/git/commits{/sha}"},
     {"git_refs_url", "/git/refs{/sha}"},
     {"git_tags_url", "/git/tags{/sha}"},
     {"hooks_url", "/hooks"},
     {"issue_comment_url", "/issues/comments{/number}"},
     {"issue_events_url", "/issues/events{/number}"},
     {"issues_url", "/issues{/number}"},
     {"keys_url", "/keys{/key_id}"},
     {"labels_url", "/labels{/name}"},
     {"languages_url", "/languages"},
     {"merges_url", "/merges"},
     {"milestones_url", "/milestones{/number}"},
     {"notifications_url", "/notifications{?since,all,participating}"},
     {"pulls_url", "/pulls{/number}"},
     {"releases_url", "/releases{/id}"},
     {"stargazers_url", "/stargazers"},
     {"statuses_url", "/statuses/{sha}"},
     {"subscribers_url", "/subscribers"},
     {"subscription_url", "/subscription"},
     {"tags_url", "/tags"},
     {"teams_url", "/teams"},
     {"trees_url", "/git/trees{/sha}"},
     {"url", ""}}};

constexpr std::array<Suffix, 10> kUserUrls = {{{"url", ""},
                                               {"followers_url", "/followers"},
                                               {"following_url", "/following{/other_user}"},
                                               {"gists_url", "/gists{/gist_id}"},
                                               {"starred_url", "/starred{/owner}{/repo}"},
                                               {"subscriptions_url", "/subscriptions"},
                                               {"organizations_url", "/orgs"},
                                               {"repos_url", "/repos"},
                                               {"events_url", "/events{/privacy}"},
                                               {"received_events_url", "/received_events"}}};

json::array strings(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

std::string without_scheme(std::string_view url) {
  return std::string(url.substr(url.find("://") + 3));
}

// Pull requests too, as GitHub counts.
std::size_t count_open(const Repository& repository) {
  std::size_t open = 0;
  for (const auto& [number, issue] : repository.issues) open += issue.closed_at ? 0U : 1U;
  return open;
}

}  // namespace

json::object render(const Permissions& permissions) {
  json::object shown;
  for (const auto& [name, level] : permissions) shown[name] = to_string(level);
  return shown;
}

std::string node_id(std::string_view kind, std::uint64_t id) {
  const std::string digits = std::to_string(id);
  return base64(as_bytes("0" + std::to_string(kind.size()) + ":" + std::string(kind) + digits));
}

json::object Render::user(std::uint64_t id, std::string_view login, std::string_view type) const {
  json::object shown{{"login", login},
                     {"id", id},
                     {"node_id", node_id(type, id)},
                     {"avatar_url", urls_.web + "/avatars/" + std::to_string(id)},
                     {"gravatar_id", ""},
                     {"html_url", urls_.web + "/" + percent_encode(login)},
                     {"type", type},
                     {"user_view_type", "public"},
                     {"site_admin", false}};
  const std::string base = urls_.api + "/users/" + percent_encode(login);
  for (const auto& [name, suffix] : kUserUrls) shown[name] = base + std::string(suffix);
  return shown;
}

json::object Render::account(const Account& account) const {
  return user(account.id.value(), account.login, account.is_organization ? "Organization" : "User");
}

json::object Render::bot(const App& app) const {
  return user(app.bot.value(), app.slug + "[bot]", "Bot");
}

json::object Render::author(AppId id) const {
  if (const App* app = world_.app(id)) return bot(*app);
  return user(10137, "ghost", "User");
}

json::object Render::app(const App& app) const {
  return {{"id", app.id.value()},
          {"client_id", app.client_id},
          {"slug", app.slug},
          {"node_id", node_id("Integration", app.id.value())},
          {"owner", account(*world_.account(app.owner))},
          {"name", app.name},
          {"description", nullptr},
          {"external_url", urls_.web + "/apps/" + app.slug},
          {"html_url", urls_.web + "/apps/" + app.slug},
          {"created_at", rfc3339(app.created_at)},
          {"updated_at", rfc3339(app.created_at)},
          {"permissions", render(app.permissions)},
          {"events", strings(app.events)}};
}

json::object Render::installation(const Installation& installation) const {
  const Account& owner = *world_.account(installation.account);
  const App& app = *world_.app(installation.app);
  const std::string number = std::to_string(installation.id.value());
  const std::string settings =
      owner.is_organization ? "/organizations/" + owner.login + "/settings" : "/settings";
  json::object shown{{"id", installation.id.value()},
                     {"client_id", app.client_id},
                     {"account", account(owner)},
                     {"repository_selection", installation.all_repositories ? "all" : "selected"},
                     {"access_tokens_url", urls_.api + "/app/installations/" + number + "/access_tokens"},
                     {"repositories_url", urls_.api + "/installation/repositories"},
                     {"html_url", urls_.web + settings + "/installations/" + number},
                     {"app_id", app.id.value()},
                     {"app_slug", app.slug},
                     {"target_id", owner.id.value()},
                     {"target_type", owner.is_organization ? "Organization" : "User"},
                     {"permissions", render(installation.permissions)},
                     {"events", strings(installation.events)},
                     {"created_at", rfc3339(installation.created_at)},
                     {"updated_at", rfc3339(installation.updated_at)},
                     {"single_file_name", nullptr},
                     {"has_multiple_single_files", false},
                     {"single_file_paths", json::array()},
                     {"suspended_by", nullptr},
                     {"suspended_at", nullptr}};
  if (installation.suspended_at) {
    shown["suspended_at"] = rfc3339(*installation.suspended_at);
    shown["suspended_by"] = account(owner);
  }
  return shown;
}

std::string Render::repository_url(const Repository& repository) const {
  return urls_.api + "/repos/" + world_.full_name(repository);
}

std::string Render::repository_page(const Repository& repository) const {
  return urls_.web + "/" + world_.full_name(repository);
}

json::object Render::repository(const Repository& repository) const {
  const std::string page = repository_page(repository);
  const std::string host = without_scheme(urls_.web);
  const std::size_t open_issues = count_open(repository);
  json::object shown{{"id", repository.id.value()},
                     {"node_id", node_id("Repository", repository.id.value())},
                     {"name", repository.name},
                     {"full_name", world_.full_name(repository)},
                     {"private", repository.is_private},
                     {"visibility", repository.is_private ? "private" : "public"},
                     {"owner", account(*world_.account(repository.owner))},
                     {"html_url", page},
                     {"clone_url", page + ".git"},
                     {"git_url", "git://" + without_scheme(page) + ".git"},
                     {"ssh_url", "git@" + host + ":" + world_.full_name(repository) + ".git"},
                     {"svn_url", page},
                     {"default_branch", repository.default_branch},
                     {"archived", repository.is_archived},
                     {"open_issues", open_issues},
                     {"open_issues_count", open_issues},
                     {"created_at", rfc3339(repository.created_at)},
                     {"updated_at", rfc3339(repository.created_at)},
                     {"pushed_at", rfc3339(repository.pushed_at)},
                     {"topics", json::array()}};
  for (const auto& [name, suffix] : kRepositoryUrls)
    shown[name] = repository_url(repository) + std::string(suffix);
  for (const std::string_view name : {"description", "homepage", "language", "license", "mirror_url"}) {
    shown[name] = nullptr;
  }
  for (const std::string_view name : {"fork", "disabled", "is_template", "has_pages", "has_discussions"}) {
    shown[name] = false;
  }
  for (const std::string_view name : {"has_issues", "has_projects", "has_wiki", "has_downloads"})
    shown[name] = true;
  for (const std::string_view name :
       {"forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count"}) {
    shown[name] = 0;
  }
  return shown;
}

json::object Render::full_repository(const Repository& repository) const {
  json::object shown = this->repository(repository);
  shown["network_count"] = 0;
  shown["subscribers_count"] = 0;
  const Account& owner = *world_.account(repository.owner);
  if (owner.is_organization) shown["organization"] = account(owner);
  return shown;
}

}  // namespace hubwarden::sandbox
