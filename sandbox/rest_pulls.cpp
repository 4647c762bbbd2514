#include "sandbox/rest_pulls.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/git_history.h"
#include "sandbox/rest_body.h"
#include "sandbox/rest_issues.h"
#include "sandbox/rest_lists.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kRequired[] = {"head", "base"};
constexpr std::size_t kMaxFiles = 3000;  // of one pull request, at GitHub

// "acme:feature" is the branch "feature" of acme's; other owners' are forks, which the sandbox does not have.
std::string branch_name(const Context& context, std::string_view given) {
  const std::string own = context.state.world.account(context.repository().owner)->login + ":";
  return std::string(given.starts_with(own) ? given.substr(own.size()) : given);
}

Issue* named_pull(const Context& context) {
  Issue* issue = issue_named(context, "pull_number");
  return issue && issue->pull ? issue : nullptr;
}

bool is_wanted(const Context& context, const Issue& issue) {
  if (!issue.pull || !has_wanted_state(context.exchange.call, issue)) return false;
  const auto base = context.exchange.call.parameter("base");
  const auto head = context.exchange.call.parameter("head");
  return (!base || *base == issue.pull->base) && (!head || branch_name(context, *head) == issue.pull->head);
}

std::optional<std::string> why_not(const Repository& repository, const World& world, const NewPull& wanted,
                                   const Comparison& comparison) {
  if (comparison.commits == 0) return "No commits between " + wanted.base + " and " + wanted.head;
  const bool is_open =
      std::any_of(repository.issues.begin(), repository.issues.end(), [&](const auto& entry) {
        const Issue& issue = entry.second;
        return issue.pull && !issue.closed_at && issue.pull->head == wanted.head &&
               issue.pull->base == wanted.base;
      });
  if (!is_open) return std::nullopt;
  return "A pull request already exists for " + world.account(repository.owner)->login + ":" + wanted.head +
         ".";
}

http::Response refuse_pull(const Exchange& exchange, const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotFound:
      return validation_failed("PullRequest", error.message(), "invalid", exchange.docs());
    case ErrorCode::kConflict:
      return validation_failed_because("PullRequest", error.message(), exchange.docs());
    default: return exchange.refuse(502, "Server Error");
  }
}

net::Task<http::Response> create_checked_pull(GitStore& store, Context context) {
  const auto body = json_body(context.exchange);
  NewPull wanted(*context.exchange.repository);
  wanted.author = context.exchange.access->token.app;
  wanted.title = *text_field(*body, "title");
  wanted.body = text_field(*body, "body");
  wanted.head = branch_name(context, *text_field(*body, "head"));
  wanted.base = *text_field(*body, "base");
  const json::value* draft = body->if_contains("draft");
  wanted.is_draft = draft && draft->is_bool() && draft->as_bool();
  auto opening = open_pull(store, context.state.world, std::move(wanted), context.exchange.now);
  const Result<std::uint64_t> number = co_await std::move(opening);
  const Repository* repository = context.state.world.repository(*context.exchange.repository);
  if (!repository) co_return context.exchange.not_found();
  if (!number) co_return refuse_pull(context.exchange, number.error());
  const json::object shown = context.render().full_pull(*repository, repository->issues.at(*number));
  http::Response answer = json_answer(201, shown);
  answer.fields().set("Location", shown.at("url").as_string());
  co_return answer;
}

}  // namespace

Step list_pulls(Context context) {
  if (auto refused = check_state(context.exchange, "PullRequest")) return std::move(*refused);
  std::vector<const Issue*> newest_first;
  const auto& issues = context.repository().issues;
  for (auto one = issues.rbegin(); one != issues.rend(); ++one) {
    if (is_wanted(context, one->second)) newest_first.push_back(&one->second);
  }
  const Page page = page_of(context.exchange.call, newest_first.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().pull(context.repository(), *newest_first[i]));
  }
  return list_answer(context, body, page, "/pulls");
}

Step get_pull(Context context) {
  const Issue* issue = named_pull(context);
  if (!issue) return context.exchange.not_found();
  return json_answer(200, context.render().full_pull(context.repository(), *issue));
}

Step create_pull(Context context) {
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (auto refused = check_supplied(context.exchange, *body, kRequired)) return std::move(*refused);
  const auto title = text_field(*body, "title");
  if (!title || trim(*title).empty()) {
    return validation_failed("PullRequest", "title", "missing_field", context.exchange.docs());
  }
  return GitStep{create_checked_pull};
}

Step list_pull_files(Context context) {
  const Issue* issue = named_pull(context);
  if (!issue) return context.exchange.not_found();
  const Pull& pull = *issue->pull;
  const Page page = page_of(context.exchange.call, pull.files.size());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    body.push_back(context.render().changed_file(context.repository(), pull.head_sha, pull.files[i]));
  }
  return list_answer(context, body, page, "/pulls/" + std::to_string(issue->number) + "/files");
}

net::Task<Result<std::uint64_t>> open_pull(GitStore& store, World& world, NewPull wanted, TimePoint now) {
  History history(store);
  auto asking_base = history.commit_of(wanted.repository, "heads/" + wanted.base);
  const Result<std::string> base = co_await std::move(asking_base);
  if (!base) co_return fail(base.error().code(), "base");
  auto asking_head = history.commit_of(wanted.repository, "heads/" + wanted.head);
  const Result<std::string> head = co_await std::move(asking_head);
  if (!head) co_return fail(head.error().code(), "head");
  auto comparing = history.compare(wanted.repository, *base, *head);
  Result<Comparison> comparison = co_await std::move(comparing);
  if (!comparison) co_return fail(ErrorCode::kConflict, "The branches have no history in common.");
  Repository* repository = world.repository(wanted.repository);
  if (!repository) co_return fail(ErrorCode::kNotFound, "head");
  auto reason = why_not(*repository, world, wanted, *comparison);
  if (reason) co_return fail(ErrorCode::kConflict, std::move(*reason));
  if (comparison->files.size() > kMaxFiles) comparison->files.resize(kMaxFiles);
  NewIssue text{wanted.author, std::move(wanted.title), std::move(wanted.body)};
  Issue* issue = add_issue(world, *repository, std::move(text), now);
  if (!issue) co_return fail(ErrorCode::kConflict, "The sandbox holds no more pull requests.");
  issue->pull.emplace(Pull{.id = world.next_number(),
                           .head = std::move(wanted.head),
                           .base = std::move(wanted.base),
                           .head_sha = *head,
                           .base_sha = *base,
                           .is_draft = wanted.is_draft,
                           .commits = comparison->commits,
                           .files = std::move(comparison->files)});
  repository->commits.insert({*base, *head});
  co_return issue->number;
}

}  // namespace hubwarden::sandbox
