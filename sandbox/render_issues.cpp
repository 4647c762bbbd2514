#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/render.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kLabelColor = "ededed";  // of a label that came to be by being used

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::value time_or_null(const std::optional<TimePoint>& time) {
  return time ? json::value(rfc3339(*time)) : json::value(nullptr);
}

std::string_view state_of(const Issue& issue) {
  return issue.closed_at ? "closed" : "open";
}

json::object pull_links(const std::string& url, const std::string& page) {
  return {{"url", url},
          {"html_url", page},
          {"diff_url", page + ".diff"},
          {"patch_url", page + ".patch"},
          {"merged_at", nullptr}};
}

}  // namespace

json::object Render::label(const Repository& repository, std::string_view name) const {
  const auto known = repository.label_ids.find(std::string(name));
  const std::uint64_t id = known == repository.label_ids.end() ? 0 : known->second;
  return {{"id", id},
          {"node_id", node_id("Label", id)},
          {"url", repository_url(repository) + "/labels/" + percent_encode(name)},
          {"name", name},
          {"description", nullptr},
          {"color", kLabelColor},
          {"default", false}};
}

json::object Render::issue(const Repository& repository, const Issue& issue) const {
  const std::string base = repository_url(repository);
  const std::string number = std::to_string(issue.number);
  const std::string url = base + "/issues/" + number;
  const std::string page = repository_page(repository) + (issue.pull ? "/pull/" : "/issues/") + number;
  json::array labels;
  for (const std::string& name : issue.labels) labels.push_back(label(repository, name));
  json::object shown{
      {"id", issue.id},
      {"node_id", node_id("Issue", issue.id)},
      {"number", issue.number},
      {"title", issue.title},
      {"body", text_or_null(issue.body)},
      {"state", state_of(issue)},
      {"state_reason", issue.state_reason.empty() ? json::value(nullptr) : json::value(issue.state_reason)},
      {"locked", false},
      {"user", author(issue.author)},
      {"assignee", nullptr},
      {"assignees", json::array()},
      {"labels", std::move(labels)},
      {"milestone", nullptr},
      {"comments", issue.comments.size()},
      {"author_association", "NONE"},
      {"created_at", rfc3339(issue.created_at)},
      {"updated_at", rfc3339(issue.updated_at)},
      {"closed_at", time_or_null(issue.closed_at)},
      {"url", url},
      {"html_url", page},
      {"repository_url", base},
      {"comments_url", url + "/comments"},
      {"events_url", url + "/events"},
      {"labels_url", url + "/labels{/name}"}};
  if (!issue.pull) return shown;
  shown["draft"] = issue.pull->is_draft;
  shown["pull_request"] = pull_links(base + "/pulls/" + number, page);
  return shown;
}

json::object Render::comment(const Repository& repository, const Issue& issue, const Comment& comment) const {
  const std::string base = repository_url(repository);
  const std::string number = std::to_string(comment.id);
  const std::string issue_number = std::to_string(issue.number);
  const std::string page = repository_page(repository) + (issue.pull ? "/pull/" : "/issues/") + issue_number;
  return {{"id", comment.id},
          {"node_id", node_id("IssueComment", comment.id)},
          {"body", comment.body},
          {"user", author(comment.author)},
          {"author_association", "NONE"},
          {"created_at", rfc3339(comment.created_at)},
          {"updated_at", rfc3339(comment.created_at)},
          {"url", base + "/issues/comments/" + number},
          {"html_url", page + "#issuecomment-" + number},
          {"issue_url", base + "/issues/" + issue_number}};
}

json::object Render::check_run(const Repository& repository, const CheckRun& check) const {
  const std::string url = repository_url(repository) + "/check-runs/" + std::to_string(check.id);
  const std::string page = repository_page(repository) + "/runs/" + std::to_string(check.id);
  const App* app = world_.app(check.app);
  return {{"id", check.id},
          {"node_id", node_id("CheckRun", check.id)},
          {"name", check.name},
          {"head_sha", check.head_sha},
          {"external_id", check.external_id},
          {"url", url},
          {"html_url", page},
          {"details_url", check.details_url.value_or(page)},
          {"status", check.status},
          {"conclusion", text_or_null(check.conclusion)},
          {"started_at", time_or_null(check.started_at)},
          {"completed_at", time_or_null(check.completed_at)},
          {"output", json::object{{"title", text_or_null(check.output_title)},
                                  {"summary", text_or_null(check.output_summary)},
                                  {"text", text_or_null(check.output_text)},
                                  {"annotations_count", check.annotations},
                                  {"annotations_url", url + "/annotations"}}},
          {"check_suite", nullptr},
          {"app", app ? json::value(this->app(*app)) : json::value(nullptr)},
          {"pull_requests", json::array()}};
}

}  // namespace hubwarden::sandbox
