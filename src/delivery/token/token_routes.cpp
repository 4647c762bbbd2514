#include "delivery/token/token_routes.h"

#include "base/token_text.h"
#include "delivery/error_answer.h"
#include "delivery/json_body.h"

namespace hubwarden::delivery {
namespace {

// The answer lives as long as its token.
http::Response answer_of(const tokens::TokenPtr& token) {
  return http::Response(std::shared_ptr<const http::Prepared>(token, &token->answer()));
}

}  // namespace

// What a caller was last given. Its line is written when that changes, not at each request; and who asks
// again for all that it may have is given the same again without a search.
struct TokenRoutes::Given final : auth::Keepsake {
  Given(std::string_view fingerprint, tokens::Shortcut way_, auth::AuthorityPtr by_)
      : token(TextHash{}(fingerprint)), way(std::move(way_)), by(std::move(by_)) {}

  std::size_t token;      // a hash: to tell it from another
  tokens::Shortcut way;   // nowhere, if it was given for a query
  auth::AuthorityPtr by;  // under another one it is decided anew
};

TokenRoutes::TokenRoutes(Parts parts, TokenDefaults defaults)
    : parts_(parts),
      defaults_(std::move(defaults)),
      reports_(parts.clock),
      outcomes_(parts.metrics.counters("hubwarden_token_requests_total",
                                       "Requests for a token, by what they got",
                                       {{"outcome", {"fresh", "stale", "refused", "failed"}}})),
      rejections_(parts.metrics.counter("hubwarden_token_rejections_total",
                                        "Tokens that callers reported as refused by GitHub")),
      fallbacks_(parts.metrics.counter("hubwarden_fallback_tokens_total",
                                       "Requests that got the static token where the App could not work")),
      operator_(std::make_shared<const auth::OperatorPrincipal>(defaults_.permissions)) {
}

http::CallContext TokenRoutes::context_of(const http::Request& request) const {
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(defaults_.timeout);
  return {parts_.clock.steady_now() + timeout, http::trace_of(request)};
}

TokenTerms TokenRoutes::terms_of(const auth::Principal& who) const {
  TokenTerms terms(who, parts_.gate.grant_of(who), defaults_.host);
  terms.may_choose_installation = &who == operator_.get();
  if (terms.may_choose_installation) terms.installation = defaults_.installation;
  return terms;
}

http::Response TokenRoutes::refuse(const http::Request& request, const Error& error) {
  const int status = token_status_of(error);
  outcomes_.at(status < 500 ? Outcome::kRefused : Outcome::kFailed).add();
  if (status >= 500) {
    parts_.log.warning("github.token_refused", {{"error", to_string(error.code())},
                                                {"message", error.message()},
                                                {"detail", error.detail()},
                                                obs::request_id(request.id()),
                                                http::trace_id(http::trace_of(request))});
  }
  return error_answer(error, status, request.id());
}

http::Reply TokenRoutes::get_for_admin(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return refuse(request, admin.error());
  return get(request, operator_);
}

http::Reply TokenRoutes::get_for_workspace(http::Request& request, std::string_view id) {
  auto who = parts_.gate.workspace(request, id);
  if (!who) return refuse(request, who.error());
  return get(request, *std::move(who));
}

http::Reply TokenRoutes::get_for_session(http::Request& request) {
  Result<Who> who = parts_.gate.session_or_handle(request);
  if (!who) return refuse(request, who.error());
  return get(request, *std::move(who));
}

TokenRoutes::GivenPtr TokenRoutes::last_given(const auth::Principal& who) const {
  // Nothing but a Given is ever kept with a principal.
  GivenPtr given = std::static_pointer_cast<const Given>(who.keepsake());
  return given && given->by == parts_.gate.authority() ? given : nullptr;
}

http::Reply TokenRoutes::get(http::Request& request, Who who) {
  // Nearly every request: all that the caller may have, and the same as the last time.
  const bool asks_for_all = request.query().empty();
  if (asks_for_all) {
    const GivenPtr given = last_given(*who);
    const tokens::TokenPtr token = given ? parts_.service.follow(defaults_.host, given->way) : nullptr;
    if (token) return hand_out_again(request, who, token);
  }
  Result<AllowedToken> allowed = token_ask(terms_of(*who), request.query());
  if (!allowed) return refuse(request, allowed.error());
  tokens::Peeked found = parts_.service.peek(allowed->ask);
  if (found.token) {
    return hand_out(request, who, found.token, false,
                    asks_for_all ? std::move(found.way) : tokens::Shortcut());
  }
  return get_slowly(request, std::move(who), *std::move(allowed));
}

http::Task<http::Response> TokenRoutes::get_slowly(http::Request& request, Who who, AllowedToken allowed) {
  const http::CallContext context = context_of(request);
  const Result<tokens::Served> served = co_await parts_.service.token(std::move(allowed.ask), context);
  if (!served) co_return refuse(request, served.error());
  co_return hand_out(request, who, served->token, served->stale, tokens::Shortcut());
}

http::Response TokenRoutes::hand_out_again(const http::Request& request, const Who& who,
                                           const tokens::TokenPtr& token) {
  outcomes_.at(Outcome::kFresh).add();
  log(obs::Severity::kDebug, request, who, *token, false);
  return answer_of(token);
}

http::Response TokenRoutes::hand_out(const http::Request& request, const Who& who,
                                     const tokens::TokenPtr& token, bool stale, tokens::Shortcut way) {
  outcomes_.at(stale ? Outcome::kStale : Outcome::kFresh).add();
  const GivenPtr before = last_given(*who);
  auto given = std::make_shared<const Given>(token->fingerprint(), std::move(way), parts_.gate.authority());
  const bool is_news = !before || before->token != given->token;
  who->keep(std::move(given));
  // Each use of the static token is worth a line; a cached one is, once for each caller.
  const bool is_fallback = token->facts().source == tokens::TokenSource::kStatic;
  if (is_fallback) fallbacks_.add();
  log(is_news || is_fallback ? obs::Severity::kInfo : obs::Severity::kDebug, request, who, *token, stale);
  return answer_of(token);
}

void TokenRoutes::log(obs::Severity severity, const http::Request& request, const Who& who,
                      const tokens::Token& token, bool stale) {
  if (!parts_.log.enabled(severity)) return;
  const std::string scope = token.scope_text();
  const std::string caller = who->name();
  parts_.log.event(severity, "github.token_handed_out",
                   {{"caller", std::string_view(caller)},
                    {"fingerprint", token.fingerprint()},
                    {"scope", std::string_view(scope)},
                    {"source", to_string(token.facts().source)},
                    {"expires_at", token.expires_at()},
                    {"remaining", token.remaining(parts_.clock.now())},
                    {"stale", stale},
                    obs::request_id(request.id()),
                    http::trace_id(http::trace_of(request))});
}

// What its own grant would give it. The operator may have any.
tokens::MayHave TokenRoutes::may_have_of(const auth::Principal& who) const {
  if (&who == operator_.get()) return tokens::may_have_any;
  return [grant = parts_.gate.grant_of(who)](const tokens::Scope& scope) {
    if (!scope.permissions().set()) return false;
    std::vector<policy::Repository> repositories;
    for (const tokens::RepositoryRef& chosen : scope.repositories().chosen()) {
      repositories.push_back(chosen.name());
    }
    const rules::Ask ask(*scope.permissions().set(), std::move(repositories));
    return grant.decide(ask).verdict != rules::Verdict::kRefuse;
  };
}

http::Reply TokenRoutes::reject_for_admin(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return refuse(request, admin.error());
  return reject(request, operator_);
}

http::Reply TokenRoutes::reject_for_workspace(http::Request& request, std::string_view id) {
  auto who = parts_.gate.workspace(request, id);
  if (!who) return refuse(request, who.error());
  return reject(request, *std::move(who));
}

http::Reply TokenRoutes::reject_for_session(http::Request& request) {
  Result<Who> who = parts_.gate.session_or_handle(request);
  if (!who) return refuse(request, who.error());
  return reject(request, *std::move(who));
}

http::Task<http::Response> TokenRoutes::reject(http::Request& request, Who who) {
  Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<boost::json::object> body = parse_json(*text, {"token"});
  wipe(*text);
  if (!body) co_return error_answer(body.error(), request.id());
  Result<std::string> token = string_member(*body, "token");
  if (!token) co_return error_answer(token.error(), request.id());
  Secret value = Secret::absorb(*token);
  if (value.empty() || value.size() > kMaxToken) {
    const Error error(ErrorCode::kInvalidRequest, "\"token\" is empty or longer than any token");
    co_return error_answer(error, request.id());
  }
  if (!reports_.take(who->name())) {
    Error error(ErrorCode::kRateLimited, "too many reports of refused tokens from this caller");
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(ReportLimit::kEvery);
    const Error limited = std::move(error).with_limit(Limit::kCaller).with_retry_after(wait);
    co_return error_answer(limited, request.id());
  }
  rejections_.add();
  tokens::MayHave may_have = may_have_of(*who);
  const http::CallContext context = context_of(request);
  const Result<> done = co_await parts_.service.rejected(std::move(value), std::move(may_have), context);
  if (!done) co_return error_answer(done.error(), request.id());
  co_return http::Response(204);
}

}  // namespace hubwarden::delivery
