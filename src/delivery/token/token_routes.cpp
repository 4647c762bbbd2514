#include "delivery/token/token_routes.h"

#include <atomic>
#include <optional>

#include "base/token_text.h"
#include "delivery/charges.h"
#include "delivery/error_answer.h"
#include "delivery/json_body.h"

namespace hubwarden::delivery {
namespace {

// The answer lives as long as its token.
http::Response answer_of(const tokens::TokenPtr& token) {
  return http::Response(std::shared_ptr<const http::Prepared>(token, &token->answer()));
}

}  // namespace

// What a caller was last given. Its line is written when that changes, not at each request; and who asks for
// the same again is given the same again without a search.
struct TokenRoutes::Given final : auth::Keepsake {
  Given(std::string_view fingerprint, std::string query_, tokens::Shortcut way_, auth::AuthorityPtr by_,
        SteadyPoint now)
      : token(TextHash{}(fingerprint)),
        query(std::move(query_)),
        way(std::move(way_)),
        by(std::move(by_)),
        told_at(now) {}

  // How often it was given again, when it is time to tell the ledger; else nothing.
  std::optional<std::uint64_t> give_again(SteadyPoint now) const {
    again.fetch_add(1, std::memory_order_relaxed);
    SteadyPoint told = told_at.load(std::memory_order_relaxed);
    if (now < told + kToldEvery || !told_at.compare_exchange_strong(told, now)) return std::nullopt;
    return again.exchange(0);
  }

  static constexpr std::chrono::seconds kToldEvery{60};
  // A hundred thousand callers have one.
  static constexpr std::size_t kMaxQuery = 200;

  std::size_t token;      // a hash: to tell it from another
  std::string query;      // for which it was given
  tokens::Shortcut way;   // nowhere, if the query says more than what
  auth::AuthorityPtr by;  // under another one it is decided anew
  mutable std::atomic<std::uint64_t> again{0};
  mutable std::atomic<SteadyPoint> told_at;
};

// A token on its way to a caller.
struct TokenRoutes::Delivery {
  Delivery(Who who_, const AllowedToken& allowed)
      : who(std::move(who_)), rule(allowed.decision.rule), host(allowed.ask.host) {
    if (allowed.ask.repositories.size() == 1) repository = allowed.ask.repositories.front();
  }

  Who who;
  std::string rule;
  std::string host;
  std::optional<policy::Repository> repository;  // nothing: several, or all
  tokens::TokenPtr token;
  bool is_stale = false;
  std::string query;
  tokens::Shortcut way;
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
  // Nearly every request: the same as the last time.
  const GivenPtr given = last_given(*who);
  if (given && given->query == request.query()) {
    const SteadyPoint now = parts_.clock.steady_now();
    const tokens::TokenPtr token = parts_.service.follow(defaults_.host, given->way, now);
    if (token) return hand_out_again(request, who, *given, token, now);
  }
  TokenTerms terms = terms_of(*who);
  if (parts_.trial != nullptr) {
    terms.hear = [&](const rules::Ask& ask, const rules::Decision& decision) {
      parts_.trial->hear(request, *who, terms.grant, ask, decision);
    };
  }
  Result<AllowedToken> allowed = token_ask(terms, request.query());
  if (!allowed) return refuse_by_grant(request, *who, allowed.error());
  std::vector<auth::Charge> charges = charges_of(*who, allowed->decision, parts_.budgets);
  if (!charges.empty()) return get_charged(request, std::move(who), *std::move(allowed), std::move(charges));
  tokens::Peeked found = parts_.service.peek(allowed->ask);
  if (!found.token) return get_slowly(request, std::move(who), *std::move(allowed));
  Delivery delivery(std::move(who), *allowed);
  delivery.token = std::move(found.token);
  // A policy on trial hears each request.
  const bool can_be_repeated = parts_.trial == nullptr && allowed->ask.host == defaults_.host &&
                               allowed->ask.min_ttl == Duration::zero() &&
                               request.query().size() <= Given::kMaxQuery;
  if (can_be_repeated) {
    delivery.query = request.query();
    delivery.way = std::move(found.way);
  }
  if (parts_.recorder.is_required()) return hand_out_recorded(request, std::move(delivery));
  parts_.recorder.record(event_of(request, delivery));
  return hand_out(request, delivery);
}

// Counted each time, so never by a shortcut.
http::Task<http::Response> TokenRoutes::get_charged(http::Request& request, Who who, AllowedToken allowed,
                                                    std::vector<auth::Charge> charges) {
  const SteadyPoint deadline = context_of(request).deadline;
  net::Task<Result<std::unique_ptr<auth::CallLease>>> charging =
      charge(std::move(charges), policy::CallKind::kRead, parts_.clock, deadline);
  const Result<std::unique_ptr<auth::CallLease>> lease = co_await std::move(charging);
  if (!lease) co_return refuse(request, lease.error());
  http::Task<http::Response> getting = get_slowly(request, std::move(who), std::move(allowed));
  http::Response response = co_await std::move(getting);
  co_return response;
}

http::Task<http::Response> TokenRoutes::get_slowly(http::Request& request, Who who, AllowedToken allowed) {
  const http::CallContext context = context_of(request);
  Delivery delivery(std::move(who), allowed);
  const Result<tokens::Served> served = co_await parts_.service.token(std::move(allowed.ask), context);
  if (!served) co_return refuse(request, served.error());
  delivery.token = served->token;
  delivery.is_stale = served->stale;
  http::Task<http::Response> handing = hand_out_recorded(request, std::move(delivery));
  http::Response response = co_await std::move(handing);
  co_return response;
}

http::Task<http::Response> TokenRoutes::hand_out_recorded(const http::Request& request, Delivery delivery) {
  net::Task<Result<>> recording = parts_.recorder.record_before(event_of(request, delivery));
  const Result<> recorded = co_await std::move(recording);
  if (!recorded) co_return refuse(request, recorded.error());
  co_return hand_out(request, delivery);
}

http::Response TokenRoutes::refuse_by_grant(const http::Request& request, const auth::Principal& who,
                                            const Error& error) {
  if (error.code() == ErrorCode::kForbidden) {
    ledger::Event event = parts_.recorder.event(ledger::EventKind::kDecision, who, request);
    event.error = error.code();
    event.about = error.message();
    parts_.recorder.record(std::move(event));
  }
  return refuse(request, error);
}

ledger::Event TokenRoutes::event_of(const http::Request& request, const Delivery& delivery) const {
  const bool is_fallback = delivery.token->facts().source == tokens::TokenSource::kStatic;
  const auto kind = is_fallback ? ledger::EventKind::kFallbackUsed : ledger::EventKind::kTokenDelivered;
  ledger::Event event = parts_.recorder.event(kind, *delivery.who, request);
  event.rule = delivery.rule;
  event.repository = delivery.repository;
  event.fingerprint = crypto::Fingerprint::parse(delivery.token->fingerprint());
  return event;
}

http::Response TokenRoutes::hand_out_again(const http::Request& request, const Who& who, const Given& given,
                                           const tokens::TokenPtr& token, SteadyPoint now) {
  outcomes_.at(Outcome::kFresh).add();
  log(obs::Severity::kDebug, request, who, *token, false);
  if (const std::optional<std::uint64_t> times = given.give_again(now)) {
    ledger::Event event = parts_.recorder.event(ledger::EventKind::kTokenDelivered, *who, request);
    event.fingerprint = crypto::Fingerprint::parse(token->fingerprint());
    event.times = *times;
    parts_.recorder.record(std::move(event));
  }
  return answer_of(token);
}

// First it is known who has it, then it is asked whether they may: who is revoked meanwhile is either refused
// here or found there.
Result<> TokenRoutes::note_holder(const Delivery& delivery, bool is_news) {
  if (delivery.who == operator_) return {};
  if (is_news) {
    parts_.holders.note(delivery.who, {delivery.host, delivery.token},
                        parts_.service.shared_keys(delivery.host, *delivery.token), parts_.clock.now());
  }
  return parts_.gate.may_go_on(*delivery.who);
}

http::Response TokenRoutes::hand_out(const http::Request& request, const Delivery& delivery) {
  const tokens::TokenPtr& token = delivery.token;
  const GivenPtr before = last_given(*delivery.who);
  auto given = std::make_shared<const Given>(token->fingerprint(), delivery.query, delivery.way,
                                             parts_.gate.authority(), parts_.clock.steady_now());
  const bool is_news = !before || before->token != given->token;
  const Result<> may = note_holder(delivery, is_news);
  if (!may) return refuse(request, may.error());
  outcomes_.at(delivery.is_stale ? Outcome::kStale : Outcome::kFresh).add();
  delivery.who->keep(std::move(given));
  // Each use of the static token is worth a line; a cached one is, once for each caller.
  const bool is_fallback = token->facts().source == tokens::TokenSource::kStatic;
  if (is_fallback) fallbacks_.add();
  log(is_news || is_fallback ? obs::Severity::kInfo : obs::Severity::kDebug, request, delivery.who, *token,
      delivery.is_stale);
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
    return grant.decide(ask).verdict == rules::Verdict::kAllow;
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
