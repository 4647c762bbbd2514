#include "sandbox/rest_checks.h"

#include <boost/json/array.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "sandbox/git_history.h"
#include "sandbox/git_objects.h"
#include "sandbox/rest_body.h"
#include "sandbox/rest_lists.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;

// Enough for tests; the sandbox keeps them in memory.
constexpr std::size_t kMaxChecks = 10'000;
constexpr std::size_t kMaxAnnotations = 50;  // of one request, at GitHub
constexpr std::string_view kRequired[] = {"name", "head_sha"};
// What only GitHub Actions may set ("waiting", "requested", "pending") is refused to others.
constexpr std::string_view kStatuses[] = {"queued", "in_progress", "completed"};
// "stale" is GitHub's own to set.
constexpr std::string_view kConclusions[] = {"action_required", "cancelled", "failure",  "neutral",
                                             "success",         "skipped",   "timed_out"};
constexpr std::string_view kTimes[] = {"started_at", "completed_at"};

using Refused = std::optional<http::Response>;

Refused check_times(const Exchange& exchange, const json::object& body) {
  for (const std::string_view name : kTimes) {
    const auto text = text_field(body, name);
    if (!body.contains(name) || (text && parse_rfc3339(*text))) continue;
    return invalid_request(exchange,
                           "For 'properties/" + std::string(name) + "', the value is not a date-time.");
  }
  return std::nullopt;
}

Refused check_output(const Exchange& exchange, const json::object& body) {
  const json::value* output = body.if_contains("output");
  if (!output) return std::nullopt;
  if (!output->is_object())
    return invalid_request(exchange, "For 'properties/output', the value is not an object.");
  const bool summarised = text_field(output->as_object(), "summary").has_value();
  if (!summarised) return invalid_request(exchange, R"("summary" wasn't supplied.)");
  const json::value* annotations = output->as_object().if_contains("annotations");
  if (annotations && (!annotations->is_array() || annotations->as_array().size() > kMaxAnnotations)) {
    return invalid_request(exchange, "For 'properties/annotations', no more than 50 items are allowed.");
  }
  return std::nullopt;
}

// `has_conclusion`: the check run has one already.
Refused check_fields(const Exchange& exchange, const json::object& body, bool has_conclusion) {
  if (auto refused = check_choice(exchange, body, "status", kStatuses)) return refused;
  if (auto refused = check_choice(exchange, body, "conclusion", kConclusions)) return refused;
  if (auto refused = check_times(exchange, body)) return refused;
  if (auto refused = check_output(exchange, body)) return refused;
  const bool completes = text_field(body, "status") == "completed" || body.contains("completed_at");
  if (completes && !has_conclusion && !text_field(body, "conclusion")) {
    return invalid_request(exchange, R"("conclusion" wasn't supplied.)");
  }
  return std::nullopt;
}

std::optional<TimePoint> time_field(const json::object& body, std::string_view name) {
  const auto text = text_field(body, name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

void change_output(CheckRun& check, const json::object& output) {
  check.output_title = text_field(output, "title");
  check.output_summary = text_field(output, "summary");
  check.output_text = text_field(output, "text");
  const json::value* annotations = output.if_contains("annotations");
  if (annotations) check.annotations += annotations->as_array().size();
}

// The fields have been found good.
void change(CheckRun& check, const json::object& body, TimePoint now) {
  if (auto name = text_field(body, "name")) check.name = std::move(*name);
  if (auto url = text_field(body, "details_url")) check.details_url = std::move(*url);
  if (auto id = text_field(body, "external_id")) check.external_id = std::move(*id);
  if (auto status = text_field(body, "status")) check.status = std::move(*status);
  if (auto conclusion = text_field(body, "conclusion")) {
    check.conclusion = std::move(*conclusion);
    check.status = "completed";
  }
  if (const auto at = time_field(body, "started_at")) check.started_at = *at;
  if (const auto at = time_field(body, "completed_at")) check.completed_at = *at;
  if (check.status == "completed" && !check.completed_at) check.completed_at = now;
  if (check.status != "completed") {
    check.conclusion.reset();
    check.completed_at.reset();
  }
  if (const json::value* output = body.if_contains("output")) change_output(check, output->as_object());
}

http::Response add_check(const Context& context, const json::object& body) {
  Repository& repository = context.repository();
  if (repository.checks.size() >= kMaxChecks) {
    return context.exchange.refuse(403, "The sandbox holds no more check runs");
  }
  const std::uint64_t id = context.state.world.next_number();
  CheckRun check{.id = id,
                 .app = context.exchange.access->token.app,
                 .name = {},
                 .head_sha = *text_field(body, "head_sha"),
                 .status = "queued",
                 .conclusion = std::nullopt,
                 .details_url = std::nullopt,
                 .external_id = {},
                 .started_at = context.exchange.now,
                 .completed_at = std::nullopt,
                 .output_title = std::nullopt,
                 .output_summary = std::nullopt,
                 .output_text = std::nullopt};
  change(check, body, context.exchange.now);
  const CheckRun& made = repository.checks.emplace(id, std::move(check)).first->second;
  const json::object shown = context.render().check_run(repository, made);
  http::Response answer = json_answer(201, shown);
  answer.fields().set("Location", shown.at("url").as_string());
  return answer;
}

http::Response no_commit(const Exchange& exchange, std::string_view sha) {
  return exchange.refuse(422, "No commit found for SHA: " + printable(sha, 100));
}

// For a commit that nobody has asked about yet.
net::Task<http::Response> create_check_on_new_commit(GitStore& store, Context context) {
  const auto body = json_body(context.exchange);
  const std::string sha = *text_field(*body, "head_sha");
  History history(store);
  auto asking = history.commit_of(*context.exchange.repository, sha);
  const Result<std::string> found = co_await std::move(asking);
  if (!context.state.world.repository(*context.exchange.repository)) co_return context.exchange.not_found();
  if (!found) co_return no_commit(context.exchange, sha);
  context.repository().commits.insert(*found);
  co_return add_check(context, *body);
}

CheckRun* named_check(const Context& context) {
  auto& checks = context.repository().checks;
  const auto id = parse_number<std::uint64_t>(context.exchange.parameter("check_run_id"));
  const auto found = id ? checks.find(*id) : checks.end();
  return found == checks.end() ? nullptr : &found->second;
}

bool is_wanted(const Call& call, const CheckRun& check) {
  const auto name = call.parameter("check_name");
  const auto status = call.parameter("status");
  const auto app = call.parameter("app_id");
  return (!name || *name == check.name) && (!status || *status == check.status) &&
         (!app || parse_number<std::uint64_t>(*app) == check.app.value());
}

// The newest of each name and App, unless `filter=all`.
std::vector<const CheckRun*> wanted_checks(const Context& context, std::string_view sha) {
  const Call& call = context.exchange.call;
  const bool all = call.parameter("filter") == "all";
  std::set<std::pair<AppId, std::string>> seen;
  std::vector<const CheckRun*> wanted;
  const auto& checks = context.repository().checks;
  for (auto one = checks.rbegin(); one != checks.rend(); ++one) {
    const CheckRun& check = one->second;
    if (check.head_sha != sha || !is_wanted(call, check)) continue;
    if (all || seen.emplace(check.app, check.name).second) wanted.push_back(&check);
  }
  return wanted;
}

http::Response list_checks_of(const Context& context, std::string_view sha) {
  const auto wanted = wanted_checks(context, sha);
  const Page page = page_of(context.exchange.call, wanted.size());
  json::array shown;
  for (std::size_t i = page.first(); i < page.end(); ++i) {
    shown.push_back(context.render().check_run(context.repository(), *wanted[i]));
  }
  const json::object body{{"total_count", wanted.size()}, {"check_runs", std::move(shown)}};
  const std::string ref = percent_encode(context.exchange.parameter("ref"));
  return list_answer(context, body, page, "/commits/" + ref + "/check-runs");
}

net::Task<http::Response> list_checks_of_ref(GitStore& store, Context context) {
  History history(store);
  auto asking = history.commit_of(*context.exchange.repository, context.exchange.parameter("ref"));
  const Result<std::string> found = co_await std::move(asking);
  if (!context.state.world.repository(*context.exchange.repository)) co_return context.exchange.not_found();
  if (!found) co_return no_commit(context.exchange, context.exchange.parameter("ref"));
  context.repository().commits.insert(*found);
  co_return list_checks_of(context, *found);
}

}  // namespace

Step create_check(Context context) {
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (auto refused = check_supplied(context.exchange, *body, kRequired)) return std::move(*refused);
  if (auto refused = check_fields(context.exchange, *body, false)) return std::move(*refused);
  const std::string sha = *text_field(*body, "head_sha");
  if (!is_sha(sha)) return no_commit(context.exchange, sha);
  if (context.repository().commits.contains(sha)) return add_check(context, *body);
  return GitStep{create_check_on_new_commit};
}

Step get_check(Context context) {
  const CheckRun* check = named_check(context);
  if (!check) return context.exchange.not_found();
  return json_answer(200, context.render().check_run(context.repository(), *check));
}

Step update_check(Context context) {
  CheckRun* check = named_check(context);
  if (!check) return context.exchange.not_found();
  const AppId caller = context.exchange.access->token.app;
  if (check->app != caller) {
    return context.exchange.refuse(
        403, "Invalid app_id `" + std::to_string(caller.value()) +
                 "` - check run can only be modified by the GitHub App that created it.");
  }
  auto body = json_body(context.exchange);
  if (!body) return std::move(body.error());
  if (auto refused = check_fields(context.exchange, *body, check->conclusion.has_value()))
    return std::move(*refused);
  change(*check, *body, context.exchange.now);
  return json_answer(200, context.render().check_run(context.repository(), *check));
}

Step list_checks(Context context) {
  const std::string& ref = context.exchange.parameter("ref");
  if (context.repository().commits.contains(ref)) return list_checks_of(context, ref);
  return GitStep{list_checks_of_ref};
}

}  // namespace hubwarden::sandbox
