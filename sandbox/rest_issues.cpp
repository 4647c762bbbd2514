#include "sandbox/rest_issues.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/rest_body.h"
#include "sandbox/rest_lists.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// Enough for tests; the sandbox keeps them in memory.
constexpr std::size_t kMaxIssues = 10'000;
constexpr std::string_view kStates[] = {"open", "closed"};
constexpr std::string_view kReasons[] = {"completed", "not_planned", "duplicate", "reopened"};

bool is_blank(const json::object& body, std::string_view name) {
  const auto text = text_field(body, name);
  return !text || trim(*text).empty();
}

// `labels=bug,ui`: those that have all of them.
bool has_wanted_labels(const Call& call, const Issue& issue) {
  const auto wanted = call.parameter("labels");
  if (!wanted || wanted->empty()) return true;
  const auto names = split(*wanted, ',');
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::find(issue.labels.begin(), issue.labels.end(), name) != issue.labels.end();
  });
}

void change_state(Issue& issue, const json::object& body, TimePoint now) {
  const auto state = text_field(body, "state");
  const auto reason = text_field(body, "state_reason");
  if (state == "closed" && !issue.closed_at) {
    issue.closed_at = now;
    if (!issue.pull) issue.state_reason = reason.value_or("completed");
  } else if (state == "open" && issue.closed_at) {
    issue.closed_at.reset();
    if (!issue.pull) issue.state_reason = "reopened";
  } else if (reason && issue.closed_at) {
    issue.state_reason = *reason;
  }
}

http::Response created(const json::object& shown) {
  http::Response answer = json_answer(201, shown);
  answer.fields().set("Location", shown.at("url").as_string());
  return answer;
}

}  // namespace

Issue* issue_named(const Context& context, std::string_view parameter) {
  Repository& repository = context.repository();
  const auto number = parse_number<std::uint64_t>(context.exchange.parameter(parameter));
  const auto found = number ? repository.issues.find(*number) : repository.issues.end();
  return found == repository.issues.end() ? nullptr : &found->second;
}

Issue* add_issue(World& world, Repository& repository, NewIssue wanted, TimePoint now) {
  if (repository.issues.size() >= kMaxIssues) return nullptr;
  const std::uint64_t number = repository.issues.empty() ? 1 : repository.issues.rbegin()->first + 1;
  Issue issue{.id = world.next_number(),
              .number = number,
              .author = wanted.author,
              .title = std::move(wanted.title),
              .body = std::move(wanted.body),
              .labels = {},
              .comments = {},
              .created_at = now,
              .updated_at = now,
              .closed_at = std::nullopt,
              .state_reason = {},
              .pull = std::nullopt};
  return &repository.issues.emplace(number, std::move(issue)).first->second;
}

bool has_wanted_state(const Call& call, const Issue& issue) {
  const std::string state = call.parameter("state").value_or("open");
  return state == "all" || (state == "closed") == issue.closed_at.has_value();
}

std::optional<http::Response> check_state(const Exchange& exchange, std::string_view resource) {
  const std::string state = exchange.call.parameter("state").value_or("open");
  if (state == "open" || state == "closed" || state == "all") return std::nullopt;
  return validation_failed(resource, "state", "invalid", exchange.docs());
}

void put_labels(World& world, Repository& repository, Issue& issue, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!repository.label_ids.contains(name)) repository.label_ids.emplace(name, world.next_number());
    if (std::find(issue.labels.begin(), issue.labels.end(), name) != issue.labels.end()) continue;
    issue.labels.push_back(name);
  }
}

Step list_issues(Context context) {
  const Exchange& exchange = context.exchange;
  if (auto refused = check_state(exchange, "Issue")) return std::move(*refused);
  std::vector<const Issue*> newest_first;
  const auto& issues = context.repository().issues;
  for (auto one = issues.rbegin(); one != issues.rend(); ++one) {
    if (has_wanted_state(exchange.call, one->second) && has_wanted_labels(exchange.call, one->second))
      newest_first.push_back(&one->second);
  }
  const Page page = page_of(exchange.call, newest_first.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().issue(context.repository(), *newest_first[i]));
  }
  return list_answer(context, body, page, "/issues");
}

Step create_issue(Context context) {
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (is_blank(*body, "title")) {
    return validation_failed("Issue", "title", "missing_field", context.exchange.docs());
  }
  Repository& repository = context.repository();
  NewIssue wanted{context.exchange.access->token.app, *text_field(*body, "title"), text_field(*body, "body")};
  Issue* made = add_issue(context.state.world, repository, std::move(wanted), context.exchange.now);
  if (!made) return context.exchange.refuse(403, "The sandbox holds no more issues");
  const auto labels = names_field(*body, "labels");
  if (labels) put_labels(context.state.world, repository, *made, *labels);
  return created(context.render().issue(repository, *made));
}

Step get_issue(Context context) {
  const Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  return json_answer(200, context.render().issue(context.repository(), *issue));
}

Step update_issue(Context context) {
  Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (auto refused = check_choice(context.exchange, *body, "state", kStates)) return std::move(*refused);
  if (auto refused = check_choice(context.exchange, *body, "state_reason", kReasons))
    return std::move(*refused);
  if (body->contains("title") && is_blank(*body, "title")) {
    return validation_failed("Issue", "title", "missing_field", context.exchange.docs());
  }
  if (auto title = text_field(*body, "title")) issue->title = std::move(*title);
  if (body->contains("body")) issue->body = text_field(*body, "body");
  if (const auto labels = names_field(*body, "labels")) {
    issue->labels.clear();
    put_labels(context.state.world, context.repository(), *issue, *labels);
  }
  change_state(*issue, *body, context.exchange.now);
  issue->updated_at = context.exchange.now;
  return json_answer(200, context.render().issue(context.repository(), *issue));
}

Step list_comments(Context context) {
  const Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  const Page page = page_of(context.exchange.call, issue->comments.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().comment(context.repository(), *issue, issue->comments[i]));
  }
  return list_answer(context, body, page, "/issues/" + std::to_string(issue->number) + "/comments");
}

Step create_comment(Context context) {
  Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (is_blank(*body, "body")) {
    return validation_failed("IssueComment", "body", "missing_field", context.exchange.docs());
  }
  if (issue->comments.size() >= kMaxIssues) return context.exchange.refuse(403, "Commenting is disabled");
  issue->comments.push_back(Comment{.id = context.state.world.next_number(),
                                    .author = context.exchange.access->token.app,
                                    .body = *text_field(*body, "body"),
                                    .created_at = context.exchange.now});
  issue->updated_at = context.exchange.now;
  return created(context.render().comment(context.repository(), *issue, issue->comments.back()));
}

}  // namespace hubwarden::sandbox
