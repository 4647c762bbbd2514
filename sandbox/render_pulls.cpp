#include <boost/json/array.hpp>
#include <utility>

#include "sandbox/render.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

json::object link(std::string_view url) {
  return {{"href", url}};
}

}  // namespace

json::object Render::branch_of(const Repository& repository, const std::string& name,
                               const std::string& sha) const {
  const Account& owner = *world_.account(repository.owner);
  return {{"label", owner.login + ":" + name},
          {"ref", name},
          {"sha", sha},
          {"user", account(owner)},
          {"repo", this->repository(repository)}};
}

json::object Render::pull(const Repository& repository, const Issue& issue) const {
  const Pull& pull = *issue.pull;
  const std::string base = repository_url(repository);
  const std::string number = std::to_string(issue.number);
  const std::string url = base + "/pulls/" + number;
  const std::string page = repository_page(repository) + "/pull/" + number;
  json::object shown = this->issue(repository, issue);
  for (const std::string_view only_of_issues :
       {"state_reason", "comments", "repository_url", "events_url", "labels_url", "pull_request"}) {
    shown.erase(only_of_issues);
  }
  shown["id"] = pull.id;
  shown["node_id"] = node_id("PullRequest", pull.id);
  shown["url"] = url;
  shown["diff_url"] = page + ".diff";
  shown["patch_url"] = page + ".patch";
  shown["issue_url"] = base + "/issues/" + number;
  shown["commits_url"] = url + "/commits";
  shown["review_comments_url"] = url + "/comments";
  shown["review_comment_url"] = base + "/pulls/comments{/number}";
  shown["comments_url"] = base + "/issues/" + number + "/comments";
  shown["statuses_url"] = base + "/statuses/" + pull.head_sha;
  for (const std::string_view none : {"merged_at", "merge_commit_sha", "auto_merge"}) shown[none] = nullptr;
  shown["requested_reviewers"] = json::array();
  shown["requested_teams"] = json::array();
  shown["head"] = branch_of(repository, pull.head, pull.head_sha);
  shown["base"] = branch_of(repository, pull.base, pull.base_sha);
  json::object links{{"self", link(url)}, {"html", link(page)}};
  for (const auto& [name, member] : {std::pair("issue", "issue_url"),
                                     {"comments", "comments_url"},
                                     {"review_comments", "review_comments_url"},
                                     {"review_comment", "review_comment_url"},
                                     {"commits", "commits_url"},
                                     {"statuses", "statuses_url"}}) {
    links[name] = link(shown.at(member).as_string());
  }
  shown["_links"] = std::move(links);
  return shown;
}

json::object Render::full_pull(const Repository& repository, const Issue& issue) const {
  const Pull& pull = *issue.pull;
  json::object shown = this->pull(repository, issue);
  std::uint64_t additions = 0;
  std::uint64_t deletions = 0;
  for (const ChangedFile& file : pull.files) {
    additions += file.additions;
    deletions += file.deletions;
  }
  shown["additions"] = additions;
  shown["deletions"] = deletions;
  shown["changed_files"] = pull.files.size();
  shown["commits"] = pull.commits;
  shown["comments"] = issue.comments.size();
  shown["review_comments"] = 0;
  shown["merged"] = false;
  shown["merged_by"] = nullptr;
  // GitHub finds out later, and says so until then.
  shown["mergeable"] = nullptr;
  shown["rebaseable"] = nullptr;
  shown["mergeable_state"] = "unknown";
  shown["maintainer_can_modify"] = false;
  return shown;
}

}  // namespace hubwarden::sandbox
