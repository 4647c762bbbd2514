#include "delivery/token/token_routes.h"

#include "delivery/error_answer.h"
#include "delivery/json_body.h"

namespace hubwarden::delivery {
namespace {

constexpr std::size_t kMaxRemembered = 100'000;
// Longer than any token: docs/github-facts.md, token formats.
constexpr std::size_t kMaxToken = 8192;

// For logs and limits. No workspace can have the operator's: an id begins with a letter or digit.
std::string_view name_of(const std::shared_ptr<const auth::WorkspacePrincipal>& who) {
  return who ? std::string_view(who->id().text()) : "@admin";
}

std::optional<tokens::Holdings> holdings_of(const std::shared_ptr<const auth::WorkspacePrincipal>& who) {
  if (!who) return std::nullopt;
  return tokens::Holdings(who->repositories().items(), who->permissions());
}

}  // namespace

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
      last_given_(kMaxRemembered) {
}

SteadyPoint TokenRoutes::deadline() const {
  return parts_.clock.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(defaults_.timeout);
}

TokenGrant TokenRoutes::grant_of(const Who& who) const {
  TokenGrant grant;
  grant.host = defaults_.host;
  if (who) {
    grant.repositories = std::span<const policy::Repository>(who->repositories().items());
    grant.permissions = &who->permissions();
  } else {
    grant.permissions = defaults_.permissions ? &*defaults_.permissions : nullptr;
    grant.installation = defaults_.installation;
  }
  return grant;
}

http::Response TokenRoutes::refuse(const http::Request& request, const Error& error) {
  const int status = token_status_of(error);
  outcomes_.at(status < 500 ? Outcome::kRefused : Outcome::kFailed).add();
  if (status >= 500) {
    parts_.log.warning("github.token_refused", {{"error", to_string(error.code())},
                                                {"message", error.message()},
                                                {"detail", error.detail()},
                                                obs::request_id(request.id())});
  }
  return error_answer(error, status, request.id());
}

http::Reply TokenRoutes::get_for_admin(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return refuse(request, admin.error());
  return get(request, nullptr);
}

http::Reply TokenRoutes::get_for_workspace(http::Request& request, std::string_view id) {
  Result<Who> who = parts_.gate.workspace(request, id);
  if (!who) return refuse(request, who.error());
  return get(request, std::move(*who));
}

http::Reply TokenRoutes::get(http::Request& request, Who who) {
  const TokenGrant grant = grant_of(who);
  // Nearly every request: nothing to read, and a token at hand.
  if (request.query().empty()) {
    if (const tokens::TokenPtr token = parts_.service.peek(whole(grant))) return hand_out(request, who, *token, false);
  }
  Result<tokens::TokenAsk> ask = token_ask(grant, request.query());
  if (!ask) return refuse(request, ask.error());
  if (const tokens::TokenPtr token = parts_.service.peek(ask->view())) return hand_out(request, who, *token, false);
  return get_slowly(request, std::move(who), std::move(*ask));
}

http::Task<http::Response> TokenRoutes::get_slowly(http::Request& request, Who who, tokens::TokenAsk ask) {
  const Result<tokens::Served> served = co_await parts_.service.token(std::move(ask), deadline());
  if (!served) co_return refuse(request, served.error());
  co_return hand_out(request, who, *served->token, served->stale);
}

http::Response TokenRoutes::hand_out(const http::Request& request, const Who& who, const tokens::Token& token,
                                     bool stale) {
  outcomes_.at(stale ? Outcome::kStale : Outcome::kFresh).add();
  const bool is_fallback = token.facts().source == tokens::TokenSource::kStatic;
  if (is_fallback) fallbacks_.add();
  const std::string_view caller = name_of(who);
  const std::size_t given = TextHash{}(token.fingerprint());
  const bool is_news = last_given_.get(caller) != given;
  if (is_news) last_given_.put(std::string(caller), given);
  // Each use of the static token is worth a line; a cached one is, once for each caller.
  const obs::Severity severity = is_news || is_fallback ? obs::Severity::kInfo : obs::Severity::kDebug;
  if (parts_.log.enabled(severity)) {
    const std::string scope = token.scope_text();
    parts_.log.event(severity, "github.token_handed_out",
                     {{"caller", caller},
                      {"fingerprint", token.fingerprint()},
                      {"scope", std::string_view(scope)},
                      {"source", to_string(token.facts().source)},
                      {"expires_at", token.expires_at()},
                      {"remaining", token.remaining(parts_.clock.now())},
                      {"stale", stale},
                      obs::request_id(request.id())});
  }
  return http::Response(token.answer());
}

http::Reply TokenRoutes::reject_for_admin(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return refuse(request, admin.error());
  return reject(request, nullptr);
}

http::Reply TokenRoutes::reject_for_workspace(http::Request& request, std::string_view id) {
  Result<Who> who = parts_.gate.workspace(request, id);
  if (!who) return refuse(request, who.error());
  return reject(request, std::move(*who));
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
  if (!reports_.take(name_of(who))) {
    Error error(ErrorCode::kRateLimited, "too many reports of refused tokens from this caller");
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(ReportLimit::kEvery);
    const Error limited = std::move(error).with_limit(Limit::kCaller).with_retry_after(wait);
    co_return error_answer(limited, request.id());
  }
  rejections_.add();
  std::optional<tokens::Holdings> callers = holdings_of(who);
  const Result<> done = co_await parts_.service.rejected(std::move(value), std::move(callers), deadline());
  if (!done) co_return error_answer(done.error(), request.id());
  co_return http::Response(204);
}

}  // namespace hubwarden::delivery
