#include "delivery/identity/grant_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "delivery/budget_json.h"
#include "delivery/error_answer.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

namespace bj = boost::json;

Result<std::vector<std::string>> texts_at(const bj::object& body, std::string_view name) {
  std::vector<std::string> texts;
  const bj::value* const found = body.if_contains(name);
  if (found == nullptr) return texts;
  const auto refused =
      fail(ErrorCode::kInvalidRequest, "\"" + std::string(name) + "\" must be an array of strings");
  if (!found->is_array()) return refused;
  for (const bj::value& each : found->get_array()) {
    if (!each.is_string()) return refused;
    texts.emplace_back(each.get_string());
  }
  return texts;
}

Result<std::vector<policy::Repository>> repositories_of(const bj::object& body) {
  const Result<std::vector<std::string>> names = texts_at(body, "repositories");
  if (!names) return std::unexpected(names.error());
  std::vector<policy::Repository> repositories;
  for (const std::string& name : *names) {
    Result<policy::Repository> repository = policy::Repository::parse(name);
    if (!repository) return std::unexpected(repository.error());
    repositories.push_back(*std::move(repository));
  }
  return repositories;
}

Result<> read_token(const bj::object& body, auth::CutWish& wish) {
  if (!body.contains("permissions")) return {};
  const Result<std::string> text = string_member(body, "permissions");
  if (!text) return std::unexpected(text.error());
  Result<policy::PermissionSet> permissions = policy::PermissionSet::parse(*text);
  if (!permissions) return std::unexpected(permissions.error());
  wish.token = *std::move(permissions);
  return {};
}

Result<> read_life(const bj::object& body, auth::CutWish& wish) {
  if (!body.contains("expires_in")) return {};
  const Result<std::string> text = string_member(body, "expires_in");
  if (!text) return std::unexpected(text.error());
  const std::optional<Duration> life = parse_duration(*text);
  if (!life) return fail(ErrorCode::kInvalidRequest, "\"expires_in\" must be a duration, like 10m");
  wish.life = *life;
  return {};
}

Result<auth::CutWish> wish_of(const bj::object& body) {
  Result<std::vector<policy::Repository>> repositories = repositories_of(body);
  if (!repositories) return std::unexpected(repositories.error());
  auth::CutWish wish(*std::move(repositories));
  Result<std::vector<std::string>> operations = texts_at(body, "operations");
  if (!operations) return std::unexpected(operations.error());
  wish.operations = *std::move(operations);
  for (const Result<>& read : {read_token(body, wish), read_life(body, wish)}) {
    if (!read) return std::unexpected(read.error());
  }
  if (body.contains("budget")) {
    const Result<policy::BudgetLimits> budget = parse_budget(body, policy::BudgetLimits());
    if (!budget) return std::unexpected(budget.error());
    wish.budget = *budget;
  }
  return wish;
}

bj::object json_of(const auth::Cut& cut) {
  bj::array repositories;
  for (const policy::Repository& repository : cut.repositories) repositories.emplace_back(repository.shown());
  bj::object json;
  json["id"] = to_text(cut.id);
  json["repositories"] = std::move(repositories);
  json["operations"] = bj::array(cut.operations.begin(), cut.operations.end());
  if (cut.token) json["permissions"] = cut.token->text();
  json["expires_at"] = rfc3339(cut.ends_at);
  return json;
}

}  // namespace

http::Task<http::Response> GrantRoutes::cut_it(http::Request& request) {
  const Result<auth::SessionPtr> who = parts_.gate.session(request);
  if (!who) co_return error_answer(who.error(), request.id());
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<bj::object> body =
      parse_json(*text, {"repositories", "operations", "permissions", "expires_in", "budget"});
  if (!body) co_return error_answer(body.error(), request.id());
  Result<auth::CutWish> wish = wish_of(*body);
  if (!wish) co_return error_answer(wish.error(), request.id());
  const Result<auth::OpenedSession> cut = parts_.sessions.cut(**who, *std::move(wish));
  if (!cut) co_return error_answer(cut.error(), request.id());
  tell(request, cut->session);
  co_return secret_answer(json_of(cut->session.cuts.back()), "token", cut->token);
}

void GrantRoutes::tell(const http::Request& request, const auth::Session& session) const {
  const std::string grant = to_text(session.cuts.back().id);
  const std::string of = to_text(session.id);
  parts_.log.info("grant.made", {{"grant", std::string_view(grant)},
                                 {"session", std::string_view(of)},
                                 {"agent", std::string_view(session.agent)},
                                 {"depth", session.cuts.size()},
                                 {"expires_at", session.expires_at},
                                 obs::request_id(request.id()),
                                 http::trace_id(http::trace_of(request))});
  ledger::Event event = parts_.recorder.event(ledger::EventKind::kGrantMade, session, request);
  event.about = "grant " + grant;
  parts_.recorder.record(std::move(event));
}

}  // namespace hubwarden::delivery
