#include "sandbox/rest_labels.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "sandbox/rest_body.h"
#include "sandbox/rest_issues.h"
#include "sandbox/rest_lists.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// {"labels": […]}, or the array alone.
std::expected<std::vector<std::string>, http::Response> labels_in(const Exchange& exchange) {
  boost::system::error_code error;
  json::value body = json::parse(exchange.call.body, error);
  if (error) return std::unexpected(exchange.refuse(400, "Problems parsing JSON"));
  if (body.is_array()) body = json::object{{"labels", std::move(body)}};
  if (!body.is_object()) return std::unexpected(exchange.refuse(400, "Body should be a JSON object"));
  auto names = names_field(body.as_object(), "labels");
  if (!names) return std::unexpected(invalid_request(exchange, R"("labels" wasn't supplied.)"));
  return std::move(*names);
}

json::array render_labels(const Context& context, const Issue& issue) {
  json::array labels;
  for (const std::string& name : issue.labels) {
    labels.push_back(context.render().label(context.repository(), name));
  }
  return labels;
}

Step change_labels(Context context, bool keep) {
  Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  auto names = labels_in(context.exchange);
  if (!names) return std::move(names.error());
  if (!keep) issue->labels.clear();
  put_labels(context.state.world, context.repository(), *issue, *names);
  issue->updated_at = context.exchange.now;
  return json_answer(200, render_labels(context, *issue));
}

}  // namespace

Step list_issue_labels(Context context) {
  const Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  const json::array all = render_labels(context, *issue);
  const Page page = page_of(context.exchange.call, all.size());
  const json::array body(all.begin() + page.first(), all.begin() + page.end());
  return list_answer(context, body, page, "/issues/" + std::to_string(issue->number) + "/labels");
}

Step add_labels(Context context) {
  return change_labels(context, /*keep=*/true);
}

Step set_labels(Context context) {
  return change_labels(context, /*keep=*/false);
}

Step remove_label(Context context) {
  Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  if (std::erase(issue->labels, context.exchange.parameter("name")) == 0) {
    return context.exchange.refuse(404, "Label does not exist");
  }
  issue->updated_at = context.exchange.now;
  return json_answer(200, render_labels(context, *issue));
}

Step remove_all_labels(Context context) {
  Issue* issue = issue_named(context, "issue_number");
  if (!issue) return context.exchange.not_found();
  issue->labels.clear();
  issue->updated_at = context.exchange.now;
  return no_content();
}

}  // namespace hubwarden::sandbox
