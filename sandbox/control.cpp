#include "sandbox/control.h"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"
#include "sandbox/control_routes.h"

namespace hubwarden::sandbox {
namespace {

namespace json = boost::json;
using enum http::Method;

struct ControlRoute {
  http::Method method;
  std::string_view pattern;
  int status;
  ControlAnswer (*serve)(ControlContext&);
};

constexpr std::array kRoutes = {
    ControlRoute{kGet, "/state", 200, show_state},
    ControlRoute{kPost, "/accounts", 201, create_account},
    ControlRoute{kPost, "/apps", 201, create_app},
    ControlRoute{kDelete, "/apps/*", 200, delete_app},
    ControlRoute{kPost, "/apps/*/keys", 201, create_key},
    ControlRoute{kDelete, "/apps/*/keys/*", 200, delete_key},
    ControlRoute{kPatch, "/apps/*/hook", 200, change_hook},
    ControlRoute{kPost, "/apps/*/deliveries", 201, create_delivery},
    ControlRoute{kPost, "/installations", 201, create_installation},
    ControlRoute{kPatch, "/installations/*", 200, change_installation},
    ControlRoute{kDelete, "/installations/*", 200, remove_installation},
    ControlRoute{kPost, "/installations/*/revoke_tokens", 200, revoke_installation_tokens},
    ControlRoute{kPatch, "/installations/*/rate_limits", 200, change_rate_limit},
    ControlRoute{kPost, "/tokens/revoke", 200, revoke_one_token},
    ControlRoute{kPost, "/repositories", 201, create_repository},
    ControlRoute{kPost, "/repositories/*/pulls", 201, create_pull_request},
    ControlRoute{kPost, "/repositories/*/*/pulls", 201, create_pull_request},
    ControlRoute{kPatch, "/repositories/*", 200, change_repository},
    ControlRoute{kPatch, "/repositories/*/*", 200, change_repository},
    ControlRoute{kDelete, "/repositories/*", 200, remove_repository},
    ControlRoute{kDelete, "/repositories/*/*", 200, remove_repository},
    ControlRoute{kGet, "/settings", 200, show_settings},
    ControlRoute{kPatch, "/settings", 200, change_settings},
    ControlRoute{kPost, "/faults", 201, create_fault},
    ControlRoute{kGet, "/faults", 200, list_faults},
    ControlRoute{kDelete, "/faults", 200, clear_faults},
    ControlRoute{kDelete, "/faults/*", 200, delete_fault},
    ControlRoute{kGet, "/counters", 200, show_counters},
    ControlRoute{kGet, "/events", 200, show_events},
    ControlRoute{kGet, "/requests", 200, show_requests},
    ControlRoute{kGet, "/routes", 200, list_routes},
    ControlRoute{kPost, "/reset", 200, reset},
};

// GitHub waits no longer for a webhook's receiver.
constexpr Duration kPatience = std::chrono::seconds(10);

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*") {
      const auto decoded = percent_decode(given[i]);
      if (!decoded) return std::nullopt;
      parameters.push_back(*decoded);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

http::Response json_response(int status, const json::value& body) {
  return {status, "application/json", json::serialize(body) + "\n"};
}

http::Response refuse(const Error& error) {
  const json::object body{{"error", error.message()}};
  switch (error.code()) {
    case ErrorCode::kNotFound: return json_response(404, body);
    case ErrorCode::kConflict: return json_response(409, body);
    case ErrorCode::kTooLarge: return json_response(413, body);
    case ErrorCode::kInvalidRequest: return json_response(400, body);
    default: return json_response(500, body);
  }
}

Result<json::object> parse_body(std::string_view text) {
  if (trim(text).empty()) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return fail(ErrorCode::kInvalidRequest, "the body must be a JSON object");
  return std::move(value.as_object());
}

}  // namespace

http::Reply Control::handle(http::Request& request) {
  // A browser that some page sends here names its page; programs do not.
  if (request.fields().find("Origin")) return refuse(Error(ErrorCode::kNotFound, "not for browsers"));
  return serve(request);
}

net::Task<http::Response> Control::serve(http::Request& request) {
  request.set_body_limit(kMaxBody);
  auto reading = http::read_all(request.body(), kMaxBody);
  const auto text = co_await std::move(reading);
  if (!text) co_return refuse(text.error());
  auto body = parse_body(*text);
  if (!body) co_return refuse(body.error());
  for (const ControlRoute& route : kRoutes) {
    if (route.method != request.method()) continue;
    auto parameters = match(route.pattern, request.path());
    if (!parameters) continue;
    ControlContext context{github_,
                           key_directory_,
                           std::move(*parameters),
                           std::string(request.query()),
                           std::move(*body),
                           {},
                           {},
                           {}};
    ControlAnswer answer = route.serve(context);
    if (!answer) co_return refuse(answer.error());
    auto carrying_out = carry_out(context);
    const Result<json::object> more = co_await std::move(carrying_out);
    if (!more) co_return refuse(more.error());
    for (const auto& [name, value] : *more) answer->as_object()[name] = value;
    co_return json_response(route.status, *answer);
  }
  co_return refuse(Error(ErrorCode::kNotFound,
                         "no such control route; GET /routes lists GitHub's, docs/sandbox.md these"));
}

net::Task<Result<json::object>> Control::carry_out(ControlContext& context) {
  for (const FileToCommit& file : context.files) {
    auto committing = github_.commit_file(file);
    const Result<> committed = co_await std::move(committing);
    if (!committed) co_return std::unexpected(committed.error());
  }
  json::object more;
  if (context.to_open) {
    auto opening = open_pull(github_.store(), context.world(), *context.to_open, github_.clock().now());
    const Result<std::uint64_t> number = co_await std::move(opening);
    if (!number) co_return fail(number.error().code(), "no pull request: " + number.error().message());
    more["number"] = *number;
  }
  if (context.to_send) {
    const int status = co_await send(*context.to_send);
    more["status_code"] = status;
  }
  co_return more;
}

net::Task<int> Control::send(std::uint64_t id) {
  const Delivery& delivery = *github_.state().hooks.find(id);
  http::ClientRequest request(kPost, delivery.url);
  const Hook* const hook = github_.state().hooks.of(delivery.app);
  for (const auto& [name, value] : delivery.headers(hook)) request.fields.add(name, value);
  request.body = delivery.body();
  const SteadyPoint began = github_.clock().steady_now();
  request.deadline = began + std::chrono::duration_cast<SteadyPoint::duration>(kPatience);
  const Result<http::ClientResponse> answered = co_await client_.send(std::move(request));
  const int status = answered ? answered->status : 0;
  // It may have been pushed out of the list meanwhile.
  Delivery* const kept = github_.state().hooks.find(id);
  if (kept == nullptr) co_return status;
  kept->status_code = status;
  kept->duration = github_.clock().steady_now() - began;
  co_return status;
}

}  // namespace hubwarden::sandbox
