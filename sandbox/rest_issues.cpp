#include <boost/json/array.hpp>

#include "base/text.h"
#include "sandbox/pages.h"
#include "sandbox/rest_repositories.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// Enough for tests; the sandbox keeps them in memory.
constexpr std::size_t kMaxIssues = 10'000;

Issue* named_issue(const Context& context) {
  Repository& repository = *context.state.world.repository(*context.exchange.repository);
  const auto number = parse_number<std::uint64_t>(context.exchange.parameters.find("issue_number")->second);
  const auto found = number ? repository.issues.find(*number) : repository.issues.end();
  return found == repository.issues.end() ? nullptr : &found->second;
}

// Lists link to the undocumented family by number, as GitHub's do.
http::Response with_link(const Context& context, const json::array& body, const Page& page,
                         std::string_view rest) {
  http::Response answer = json_answer(200, body);
  const std::string base = context.state.urls.api + "/repositories/" +
                           std::to_string(context.repository().id.value()) + std::string(rest);
  if (auto link = link_header(context.exchange.call, page, base))
    answer.fields().set("Link", std::move(*link));
  return answer;
}

std::vector<std::string> labels_of(const json::object& body) {
  std::vector<std::string> labels;
  const json::value* given = body.if_contains("labels");
  if (!given || !given->is_array()) return labels;
  for (const json::value& label : given->as_array()) {
    if (label.is_string()) labels.emplace_back(label.as_string());
  }
  return labels;
}

}  // namespace

Step list_issues(Context context) {
  std::vector<const Issue*> newest_first;
  const auto& issues = context.repository().issues;
  const auto state = context.exchange.call.parameter("state");
  if (state && *state != "open" && *state != "closed" && *state != "all") {
    return validation_failed("Issue", "state", "invalid", context.exchange.docs());
  }
  // Nothing here closes an issue.
  if (state != "closed") {
    for (auto one = issues.rbegin(); one != issues.rend(); ++one) newest_first.push_back(&one->second);
  }
  const Page page = page_of(context.exchange.call, newest_first.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().issue(context.repository(), *newest_first[i]));
  }
  return with_link(context, body, page, "/issues");
}

Step create_issue(Context context) {
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  const json::value* title = body->if_contains("title");
  if (!title || !title->is_string() || trim(title->as_string()).empty()) {
    return validation_failed("Issue", "title", "missing_field", context.exchange.docs());
  }
  Repository& repository = *context.state.world.repository(*context.exchange.repository);
  if (repository.issues.size() >= kMaxIssues)
    return context.exchange.refuse(403, "The sandbox holds no more issues");
  const json::value* text = body->if_contains("body");
  const std::uint64_t number = repository.issues.empty() ? 1 : repository.issues.rbegin()->first + 1;
  Issue issue{
      .id = context.state.world.next_number(),
      .number = number,
      .author = context.exchange.access->token.app,
      .title = std::string(title->as_string()),
      .body = text && text->is_string() ? std::optional(std::string(text->as_string())) : std::nullopt,
      .labels = labels_of(*body),
      .comments = {},
      .created_at = context.exchange.now};
  const Issue& made = repository.issues.emplace(number, std::move(issue)).first->second;
  const json::object shown = context.render().issue(repository, made);
  http::Response answer = json_answer(201, shown);
  answer.fields().set("Location", std::string(shown.at("url").as_string()));
  return answer;
}

Step get_issue(Context context) {
  const Issue* issue = named_issue(context);
  if (!issue) return context.exchange.not_found();
  return json_answer(200, context.render().issue(context.repository(), *issue));
}

Step list_comments(Context context) {
  const Issue* issue = named_issue(context);
  if (!issue) return context.exchange.not_found();
  const Page page = page_of(context.exchange.call, issue->comments.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().comment(context.repository(), *issue, issue->comments[i]));
  }
  return with_link(context, body, page, "/issues/" + std::to_string(issue->number) + "/comments");
}

Step create_comment(Context context) {
  Issue* issue = named_issue(context);
  if (!issue) return context.exchange.not_found();
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  const json::value* text = body->if_contains("body");
  if (!text || !text->is_string() || trim(text->as_string()).empty()) {
    return validation_failed("IssueComment", "body", "missing_field", context.exchange.docs());
  }
  if (issue->comments.size() >= kMaxIssues) return context.exchange.refuse(403, "Commenting is disabled");
  issue->comments.push_back(Comment{.id = context.state.world.next_number(),
                                    .author = context.exchange.access->token.app,
                                    .body = std::string(text->as_string()),
                                    .created_at = context.exchange.now});
  const json::object shown = context.render().comment(context.repository(), *issue, issue->comments.back());
  http::Response answer = json_answer(201, shown);
  answer.fields().set("Location", std::string(shown.at("url").as_string()));
  return answer;
}

}  // namespace hubwarden::sandbox
