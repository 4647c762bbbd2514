#include "sandbox/rest_search.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/pages.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

struct Query {
  std::vector<std::pair<std::string, std::string>> qualifiers;  // in lower case
  std::vector<std::string> words;
};

Query parse_query(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  Query query;
  for (const std::string_view part : split(text, ' ')) {
    if (part.empty()) continue;
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos) {
      query.words.push_back(lower(part));
    } else {
      query.qualifiers.emplace_back(lower(part.substr(0, colon)), lower(part.substr(colon + 1)));
    }
  }
  return query;
}

bool is_it(const Issue& issue, std::string_view what) {
  if (what == "open" || what == "closed") return (what == "closed") == issue.closed_at.has_value();
  if (what == "issue") return !issue.pull;
  if (what == "pr" || what == "pull-request") return issue.pull.has_value();
  if (what == "draft") return issue.pull && issue.pull->is_draft;
  return true;
}

bool matches(const World& world, const Repository& repository, const Issue& issue, const Query& query) {
  for (const auto& [name, value] : query.qualifiers) {
    if (name == "repo" && lower(world.full_name(repository)) != value) return false;
    if ((name == "org" || name == "user") && lower(world.account(repository.owner)->login) != value)
      return false;
    if ((name == "is" || name == "state" || name == "type") && !is_it(issue, value)) return false;
    const bool has_label =
        std::any_of(issue.labels.begin(), issue.labels.end(),
                    [&wanted = value](const std::string& label) { return lower(label) == wanted; });
    if (name == "label" && !has_label) return false;
  }
  const std::string text = lower(issue.title + "\n" + issue.body.value_or(""));
  return std::all_of(query.words.begin(), query.words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

bool may_find(const Context& context, const Repository& repository, const Issue& issue) {
  if (!repository.is_private) return true;
  const auto& access = context.exchange.access;
  return access && access->reaches(context.state.world, repository) &&
         grants(access->permissions, issue.pull ? "pull_requests" : "issues", Level::kRead);
}

}  // namespace

Step search_issues(Context context) {
  const auto text = context.exchange.call.parameter("q");
  if (!text || trim(*text).empty()) {
    return validation_failed("Search", "q", "missing", context.exchange.docs());
  }
  const Query query = parse_query(*text);
  std::vector<std::pair<const Repository*, const Issue*>> found;
  for (const auto& [id, repository] : context.state.world.repositories()) {
    for (const auto& [number, issue] : repository.issues) {
      const bool fits =
          may_find(context, repository, issue) && matches(context.state.world, repository, issue, query);
      if (fits) found.emplace_back(&repository, &issue);
    }
  }
  const Page page = page_of(context.exchange.call, found.size());
  json::array items;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    json::object item = context.render().issue(*found[i].first, *found[i].second);
    item["score"] = 1.0;
    // A search tells a text or none, never null.
    if (item.at("body").is_null()) item.erase("body");
    items.push_back(std::move(item));
  }
  http::Response answer = json_answer(200, json::object{{"total_count", found.size()},
                                                        {"incomplete_results", false},
                                                        {"search_type", "lexical"},
                                                        {"items", std::move(items)}});
  if (auto link = link_header(context.exchange.call, page, context.state.urls.api + "/search/issues")) {
    answer.fields().set("Link", *link);
  }
  return answer;
}

}  // namespace hubwarden::sandbox
