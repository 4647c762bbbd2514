#include "sandbox/rest_commits.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/git_history.h"
#include "sandbox/rest_lists.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

bool is_gone(const Context& context) {
  return context.state.world.repository(*context.exchange.repository) == nullptr;
}

net::Task<http::Response> answer_branches(GitStore& store, Context context) {
  History history(store);
  auto asking = history.branches(*context.exchange.repository);
  const Result<std::vector<Branch>> branches = co_await std::move(asking);
  if (is_gone(context)) co_return context.exchange.not_found();
  if (!branches) co_return context.exchange.refuse(502, "Server Error");
  const Page page = page_of(context.exchange.call, branches->size());
  const std::string api = context.render().repository_url(context.repository());
  json::array body;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    const Branch& branch = (*branches)[i];
    const json::object commit{{"sha", branch.sha}, {"url", api + "/commits/" + branch.sha}};
    body.push_back(json::object{{"name", branch.name}, {"commit", commit}, {"protected", false}});
  }
  co_return list_answer(context, body, page, "/branches");
}

json::object render_branch(const Context& context, const std::string& name, json::object commit) {
  const Repository& repository = context.repository();
  const std::string url = context.render().repository_url(repository) + "/branches/" + percent_encode(name);
  const std::string page = context.render().repository_page(repository) + "/tree/" + name;
  return {{"name", name},
          {"commit", std::move(commit)},
          {"_links", json::object{{"self", url}, {"html", page}}},
          {"protected", false},
          {"protection", json::object{{"enabled", false}}},
          {"protection_url", url + "/protection"}};
}

net::Task<http::Response> answer_branch(GitStore& store, Context context) {
  History history(store);
  const std::string name = context.exchange.parameter("branch");
  auto asking = history.commit(*context.exchange.repository, "heads/" + name);
  const Result<Commit> commit = co_await std::move(asking);
  if (is_gone(context)) co_return context.exchange.not_found();
  if (!commit) co_return context.exchange.refuse(404, "Branch not found");
  json::object shown = context.render().commit(context.repository(), *commit);
  // As part of a branch a commit comes without its changes.
  shown.erase("stats");
  shown.erase("files");
  co_return json_answer(200, render_branch(context, name, std::move(shown)));
}

net::Task<http::Response> answer_commit(GitStore& store, Context context) {
  History history(store);
  const std::string ref = context.exchange.parameter("ref");
  auto asking = history.commit(*context.exchange.repository, ref);
  const Result<Commit> commit = co_await std::move(asking);
  if (is_gone(context)) co_return context.exchange.not_found();
  if (!commit) co_return context.exchange.refuse(422, "No commit found for SHA: " + printable(ref, 100));
  co_return json_answer(200, context.render().commit(context.repository(), *commit));
}

}  // namespace

Step list_branches(Context) {
  return GitStep{answer_branches};
}

Step get_branch(Context) {
  return GitStep{answer_branch};
}

Step get_commit(Context) {
  return GitStep{answer_commit};
}

}  // namespace hubwarden::sandbox
