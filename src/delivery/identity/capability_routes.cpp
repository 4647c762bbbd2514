#include "delivery/identity/capability_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "catalogue/names.h"
#include "delivery/error_answer.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "delivery/query.h"
#include "rules/explanation.h"

namespace hubwarden::delivery {
namespace {

namespace bj = boost::json;
using catalogue::Named;
using rules::Ask;
using rules::Decision;
using rules::Verdict;

constexpr std::string_view kHowToAsk =
    "send it with an Idempotency-Key: the answer names an approval, and once that is approved the same again "
    "goes through";

// Every name by which an operation can be asked for.
const std::vector<Named>& all_names() {
  static const std::vector<Named> kAll = [] {
    std::vector<Named> all;
    for (const catalogue::Operation& operation : catalogue::operations()) {
      if (operation.works_with_installation_token()) all.push_back(Named{operation, std::nullopt});
    }
    for (const catalogue::ShortName name : catalogue::short_names()) {
      all.push_back(Named{catalogue::operation_of(name), name});
    }
    return all;
  }();
  return kAll;
}

bj::object json_of(const policy::PermissionSet& permissions) {
  bj::object json;
  for (const auto& [name, level] : permissions.levels()) json[name] = to_string(level);
  return json;
}

// By asking the grant for each of them: what it says here is what it says there.
bj::object capabilities(const rules::Grant& grant, const policy::Repository& repository) {
  bj::array allowed;
  bj::array with_consent;
  for (const Named& named : all_names()) {
    const Verdict verdict = grant.decide(Ask(named, {repository})).verdict;
    if (verdict == Verdict::kAllow) allowed.emplace_back(named.name());
    if (verdict == Verdict::kConsent) with_consent.emplace_back(named.name());
  }
  bj::object json;
  json["repository"] = repository.shown();
  json["operations"] = std::move(allowed);
  if (!with_consent.empty()) json["how_to_ask"] = kHowToAsk;
  json["with_consent"] = std::move(with_consent);
  const Decision token = grant.decide(Ask(rules::AllPermissions(), {repository}));
  if (token.verdict == Verdict::kAllow && token.token) {
    json["token"] = bj::object{{"permissions", json_of(*token.token)}, {"rule", token.rule}};
  }
  return json;
}

Result<policy::Repository> repository_of(const http::Request& request, const auth::Principal& who) {
  const Result<Query> query = Query::parse(request.query(), {"repository"});
  if (!query) return std::unexpected(query.error());
  const Result<std::optional<std::string>> name = query->one("repository");
  if (!name) return std::unexpected(name.error());
  if (*name) return policy::Repository::parse(**name);
  if (who.repositories().size() == 1) return who.repositories().front();
  return fail(ErrorCode::kInvalidRequest, "say for which repository: repository=owner/name");
}

Result<rules::Wanted> wanted_of(const bj::object& body) {
  if (body.contains("operation") == body.contains("permissions")) {
    return fail(ErrorCode::kInvalidRequest, "name an \"operation\", or the \"permissions\" of a token");
  }
  if (body.contains("operation")) {
    const Result<std::string> name = string_member(body, "operation");
    if (!name) return std::unexpected(name.error());
    const Result<Named> named = catalogue::parse_operation_name(*name);
    if (!named) return std::unexpected(named.error());
    return *named;
  }
  const Result<std::string> text = string_member(body, "permissions");
  if (!text) return std::unexpected(text.error());
  Result<policy::PermissionSet> permissions = policy::PermissionSet::parse(*text);
  if (!permissions) return std::unexpected(permissions.error());
  return *std::move(permissions);
}

Result<Ask> ask_of(const bj::object& body) {
  Result<rules::Wanted> wanted = wanted_of(body);
  if (!wanted) return std::unexpected(wanted.error());
  const Result<std::string> name = string_member(body, "repository");
  if (!name) return std::unexpected(name.error());
  Result<policy::Repository> repository = policy::Repository::parse(*name);
  if (!repository) return std::unexpected(repository.error());
  return Ask(*std::move(wanted), {*std::move(repository)});
}

bj::object json_of(const rules::Explanation& why, const Decision& decision) {
  bj::object json;
  json["verdict"] = to_string(why.verdict);
  if (!why.rule.empty()) json["rule"] = why.rule;
  json["message"] = why.message;
  if (why.code) {
    json["error"] = to_string(*why.code);
    json["missing"] = to_string(why.missing);
    json["fix"] = to_string(why.fix);
  }
  if (decision.consent) {
    const auto& from = decision.consent->from;
    json["consent"] = bj::object{{"from", bj::array(from.begin(), from.end())},
                                 {"ttl", duration_text(decision.consent->ttl)},
                                 {"how", kHowToAsk}};
  }
  return json;
}

}  // namespace

http::Reply CapabilityRoutes::get(http::Request& request) {
  const Result<auth::PrincipalPtr> who = gate_.session_or_handle(request);
  if (!who) return error_answer(who.error(), request.id());
  const Result<policy::Repository> repository = repository_of(request, **who);
  if (!repository) return error_answer(repository.error(), request.id());
  return json_answer(200, capabilities(gate_.grant_of(**who), *repository));
}

http::Reply CapabilityRoutes::explain(http::Request& request) {
  return explain_it(request);
}

http::Task<http::Response> CapabilityRoutes::explain_it(http::Request& request) {
  const Result<auth::PrincipalPtr> who = gate_.session_or_handle(request);
  if (!who) co_return error_answer(who.error(), request.id());
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<bj::object> body = parse_json(*text, {"operation", "permissions", "repository"});
  if (!body) co_return error_answer(body.error(), request.id());
  const Result<Ask> ask = ask_of(*body);
  if (!ask) co_return error_answer(ask.error(), request.id());
  const rules::Grant grant = gate_.grant_of(**who);
  const Decision decision = grant.decide(*ask);
  co_return json_answer(200, json_of(rules::explain(grant, *ask, decision), decision));
}

}  // namespace hubwarden::delivery
