#include "delivery/identity/session_routes.h"

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <utility>

#include "auth/bearer.h"
#include "base/text.h"
#include "base/time_text.h"
#include "delivery/error_answer.h"
#include "delivery/identity/token_exchange.h"
#include "delivery/json_answer.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

// A JWT of kMaxBearer, every byte of it escaped, and the rest of the form.
constexpr std::size_t kMaxForm = 64 * 1024;

http::Response session_answer(const auth::OpenedSession& opened) {
  const auth::Session& session = opened.session;
  boost::json::object body;
  body["id"] = to_text(session.id);
  body["agent"] = session.agent;
  if (!session.tenant.empty()) body["tenant"] = session.tenant;
  body["expires_at"] = rfc3339(session.expires_at);
  body["renewable_until"] = rfc3339(session.renewable_until);
  return secret_answer(body, "token", opened.token);
}

bool is_form(const http::Request& request) {
  const std::string_view type = request.fields().find("Content-Type").value_or("");
  return equal_ignoring_case(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded");
}

}  // namespace

SessionRoutes::SessionRoutes(Parts parts, Duration timeout)
    : parts_(parts),
      timeout_(timeout),
      outcomes_(parts.metrics.counters("hubwarden_sessions_total",
                                       "Requests for a session, by what came of them",
                                       {{"outcome", {"opened", "renewed", "refused", "failed"}}})) {
}

http::Reply SessionRoutes::open(http::Request& request) {
  return open_it(request);
}

http::Reply SessionRoutes::exchange(http::Request& request) {
  return exchange_it(request);
}

http::Task<http::Response> SessionRoutes::open_it(http::Request& request) {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) co_return error_answer(refused(request, bearer.error()), request.id());
  http::Task<Result<auth::OpenedSession>> opening = open_for(request, Secret(*bearer));
  const Result<auth::OpenedSession> opened = co_await std::move(opening);
  if (!opened) co_return error_answer(opened.error(), request.id());
  co_return session_answer(*opened);
}

http::Task<http::Response> SessionRoutes::exchange_it(http::Request& request) {
  if (!is_form(request)) {
    const Error error(ErrorCode::kUnsupportedMediaType, "the body must be application/x-www-form-urlencoded");
    co_return exchange_refusal(error, request.id());
  }
  Result<std::string> text = co_await http::read_all(request.body(), kMaxForm);
  if (!text) co_return exchange_refusal(text.error(), request.id());
  Result<Secret> jwt = exchanged_jwt(*std::move(text));
  if (!jwt) co_return exchange_refusal(jwt.error(), request.id());
  http::Task<Result<auth::OpenedSession>> opening = open_for(request, *std::move(jwt));
  const Result<auth::OpenedSession> opened = co_await std::move(opening);
  if (!opened) co_return exchange_refusal(opened.error(), request.id());
  co_return exchange_answer(*opened, parts_.clock.now());
}

http::Task<Result<auth::OpenedSession>> SessionRoutes::open_for(http::Request& request, Secret jwt) {
  const auto timeout = std::chrono::duration_cast<SteadyPoint::duration>(timeout_);
  const SteadyPoint deadline = parts_.clock.steady_now() + timeout;
  Result<auth::Identity> who = co_await parts_.sessions.recognise(std::move(jwt), deadline);
  if (!who) co_return std::unexpected(refused(request, who.error()));
  std::optional<rules::Caller> caller;
  if (parts_.trial != nullptr) caller = who->caller;
  Result<auth::OpenedSession> opened = co_await parts_.sessions.begin(*std::move(who));
  if (caller) hear(request, *caller, opened);
  if (!opened) co_return std::unexpected(refused(request, opened.error()));
  outcomes_.at(Outcome::kOpened).add();
  tell(request, "session.opened", opened->session);
  parts_.recorder.record(parts_.recorder.event(ledger::EventKind::kSessionOpened, opened->session, request));
  co_return opened;
}

http::Reply SessionRoutes::renew(http::Request& request, std::string_view id) {
  const Result<auth::SessionPtr> who = parts_.gate.session(request);
  if (!who) return error_answer(who.error(), request.id());
  // A session renews itself alone.
  if (to_text((*who)->session()->id) != id) {
    return error_answer(refused(request, auth::unauthenticated()), request.id());
  }
  const Result<auth::OpenedSession> renewed = parts_.sessions.renew(**who);
  if (parts_.trial != nullptr) hear(request, (*who)->session()->caller, renewed);
  if (!renewed) return error_answer(refused(request, renewed.error()), request.id());
  outcomes_.at(Outcome::kRenewed).add();
  tell(request, "session.renewed", renewed->session);
  parts_.recorder.record(
      parts_.recorder.event(ledger::EventKind::kSessionRenewed, renewed->session, request));
  return session_answer(*renewed);
}

void SessionRoutes::hear(const http::Request& request, const rules::Caller& caller,
                         const Result<auth::OpenedSession>& opened) const {
  if (opened) {
    parts_.trial->hear(request, caller, opened->session);
  } else {
    parts_.trial->hear(request, caller, std::unexpected(opened.error()));
  }
}

// Who shows what is not good counts against where it comes from.
Error SessionRoutes::refused(const http::Request& request, const Error& error) {
  outcomes_.at(status_of(error.code()) < 500 ? Outcome::kRefused : Outcome::kFailed).add();
  if (error.code() != ErrorCode::kUnauthenticated) return error;
  return parts_.throttle.refused(request, error);
}

void SessionRoutes::tell(const http::Request& request, obs::EventName event,
                         const auth::Session& session) const {
  const std::string id = to_text(session.id);
  parts_.log.info(event, {{"session", std::string_view(id)},
                          {"agent", std::string_view(session.agent)},
                          {"tenant", std::string_view(session.tenant)},
                          {"issuer", std::string_view(session.caller.issuer)},
                          {"expires_at", session.expires_at},
                          obs::request_id(request.id()),
                          http::trace_id(http::trace_of(request))});
}

}  // namespace hubwarden::delivery
