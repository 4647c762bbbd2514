#include "delivery/diagnosis/diagnosis_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/time_text.h"
#include "delivery/error_answer.h"
#include "delivery/token/token_query.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

using tokens::LinkState;

boost::json::object link_json(const LinkState& link) {
  boost::json::object out;
  out["link"] = to_string(link.link);
  out["state"] = link.state == LinkState::kWhole    ? "ok"
                 : link.state == LinkState::kBroken ? "broken"
                                                    : "unknown";
  if (!link.error) return out;
  out["error"] = to_string(link.error->code());
  out["message"] = link.error->message();
  if (!link.error->detail().empty()) out["detail"] = link.error->detail();
  out["fix"] = to_string(link.error->fix());
  if (link.error->retry_after()) out["retry_after"] = link.error->retry_after()->count();
  return out;
}

// Without an App nobody but the static token is to be judged, if there is one.
void leave_out_missing_app(tokens::Sights& sights) {
  const bool has_no_app = sights.app && !*sights.app &&
                          sights.app->error().code() == ErrorCode::kNotConfigured && sights.mint &&
                          *sights.mint;
  if (has_no_app) sights.app.reset();
}

}  // namespace

DiagnosisRoutes::DiagnosisRoutes(Parts parts, std::string usual_host, Duration timeout)
    : parts_(parts), usual_host_(std::move(usual_host)), timeout_(timeout), limit_(parts.clock) {
}

http::Reply DiagnosisRoutes::get(http::Request& request, std::string_view id) {
  const auto who = parts_.gate.workspace(request, id);
  if (!who) return error_answer(who.error(), request.id());
  const TokenTerms terms(**who, parts_.gate.grant_of(**who), usual_host_);
  Result<AllowedToken> allowed = token_ask(terms, request.query());
  if (!allowed) return error_answer(allowed.error(), request.id());
  if (!limit_.take(id)) {
    Error error(ErrorCode::kRateLimited, "too many diagnoses for this workspace");
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(ReportLimit::kEvery);
    return error_answer(std::move(error).with_limit(Limit::kCaller).with_retry_after(wait), request.id());
  }
  return examine(request, std::move(allowed->ask));
}

http::Task<http::Response> DiagnosisRoutes::examine(http::Request& request, tokens::TokenAsk ask) {
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(timeout_);
  const http::CallContext context(parts_.clock.steady_now() + timeout, http::trace_of(request));
  const std::string host = ask.host;
  const policy::Repository repository = ask.repositories.front();
  const policy::PermissionSet wanted = *ask.permissions.set();
  tokens::Sights sights = co_await parts_.examiner.look(host, repository, context);
  // As a token is served: one in the cache will do, and so will the static one.
  const Result<tokens::Served> served = co_await parts_.service.token(std::move(ask), context);
  sights.mint.emplace();
  if (!served) sights.mint.emplace(std::unexpected(served.error()));
  leave_out_missing_app(sights);

  boost::json::object body;
  body["host"] = host;
  body["repository"] = repository.shown();
  const Duration skew = sights.skew.value_or(Duration::zero());
  body["time"] = rfc3339(parts_.clock.now() + std::chrono::duration_cast<TimePoint::duration>(skew));
  body["clock_skew_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(skew).count();
  if (served) body["source"] = to_string(served->token->facts().source);
  boost::json::array links;
  for (const LinkState& state : tokens::judge(sights, wanted)) links.push_back(link_json(state));
  body["links"] = std::move(links);
  http::Response response(200, "application/json", boost::json::serialize(body) + "\n");
  response.fields().add("Cache-Control", "no-store");
  co_return response;
}

}  // namespace hubwarden::delivery
