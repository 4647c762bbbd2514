#include "delivery/revocation/revocation_routes.h"

#include <algorithm>
#include <utility>

#include "auth/bearer.h"
#include "delivery/error_answer.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "delivery/page_query.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

std::string words_for(std::string_view change, const store::Revocation& revocation) {
  std::string text(change);
  text.append(" ").append(to_string(revocation.kind)).append(" ").append(revocation.subject);
  return text;
}

}  // namespace

void RevocationRoutes::log(const http::Request& request, std::string_view change,
                           const store::Revocation& revocation) const {
  const std::string id = store::to_text(revocation.id);
  parts_.log.warning("revocation.changed", {{"change", change},
                                            {"revocation", std::string_view(id)},
                                            {"kind", to_string(revocation.kind)},
                                            {"subject", std::string_view(revocation.subject)},
                                            {"made_by", std::string_view(revocation.made_by)},
                                            obs::request_id(request.id()),
                                            http::trace_id(http::trace_of(request))});
}

void RevocationRoutes::tell(const http::Request& request, std::string_view change,
                            const store::Revocation& revocation) const {
  log(request, change, revocation);
  ledger::Event event = parts_.recorder.event_of_operator(ledger::EventKind::kRevocation, request);
  event.about = words_for(change, revocation);
  parts_.recorder.record(std::move(event));
}

void RevocationRoutes::tell(const http::Request& request, const auth::Principal& who,
                            const store::Revocation& revocation) const {
  log(request, "revoked", revocation);
  ledger::Event event = parts_.recorder.event(ledger::EventKind::kRevocation, who, request);
  event.about = words_for("revoked", revocation);
  parts_.recorder.record(std::move(event));
}

http::Reply RevocationRoutes::revoke(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  return revoke_it(request);
}

http::Task<http::Response> RevocationRoutes::revoke_it(http::Request& request) {
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<boost::json::object> body = parse_revocation_body(*text);
  if (!body) co_return error_answer(body.error(), request.id());
  Result<auth::RevocationWish> wish = parse_revocation_wish(*body, usual_host_, apps_);
  if (!wish) co_return error_answer(wish.error(), request.id());
  if (wish->kind == store::RevokedKind::kRepository) {
    const auto place = parts_.tokens.place_of(wish->host, policy::Repository::parse(wish->subject).value());
    if (place) {
      wish->repository = place->repository;
      wish->installation = place->installation;
    }
  }
  const Result<store::Revocation> stands = co_await parts_.revocations.revoke(*std::move(wish));
  if (!stands) co_return error_answer(stands.error(), request.id());
  tell(request, "revoked", *stands);
  co_await parts_.withdrawals.wait_for(stands->id, parts_.clock.steady_now() + kPatience);
  const Result<boost::json::object> told = co_await told_of(*stands);
  if (!told) co_return error_answer(told.error(), request.id());
  co_return json_answer(201, *told);
}

http::Task<Result<boost::json::object>> RevocationRoutes::told_of(store::Revocation revocation) {
  const Result<std::vector<store::RevocationOutcome>> outcomes =
      co_await parts_.revocations.outcomes(revocation.id);
  if (!outcomes) co_return std::unexpected(outcomes.error());
  boost::json::object json = to_json(revocation, *outcomes);
  // Whoever has told is one of them, counted yet or not.
  json["replicas_expected"] = std::max(parts_.replicas(), outcomes->size());
  co_return json;
}

http::Reply RevocationRoutes::list(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<auth::RevocationPageRequest> page = page_of<auth::RevocationPageRequest>(request);
  if (!page) return error_answer(page.error(), request.id());
  return list_them(request, *page);
}

http::Task<http::Response> RevocationRoutes::list_them(http::Request& request,
                                                       auth::RevocationPageRequest page) {
  const Result<auth::RevocationPage> found = co_await parts_.revocations.list(page);
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json(*found));
}

http::Reply RevocationRoutes::get(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<store::RevocationId> parsed = store::parse_revocation_id(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return get_it(request, *parsed);
}

http::Task<http::Response> RevocationRoutes::get_it(http::Request& request, store::RevocationId id) {
  const Result<store::Revocation> found = co_await parts_.revocations.get(id);
  if (!found) co_return error_answer(found.error(), request.id());
  const Result<boost::json::object> told = co_await told_of(*found);
  if (!told) co_return error_answer(told.error(), request.id());
  co_return json_answer(200, *told);
}

http::Reply RevocationRoutes::lift(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<store::RevocationId> parsed = store::parse_revocation_id(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return lift_it(request, *parsed);
}

http::Task<http::Response> RevocationRoutes::lift_it(http::Request& request, store::RevocationId id) {
  const Result<store::Revocation> found = co_await parts_.revocations.get(id);
  if (!found) co_return error_answer(found.error(), request.id());
  const Result<> lifted = co_await parts_.revocations.lift(id);
  if (!lifted) co_return error_answer(lifted.error(), request.id());
  tell(request, "lifted", *found);
  co_return http::Response(204);
}

http::Reply RevocationRoutes::give_back_session(http::Request& request, std::string_view id) {
  Result<auth::SessionPtr> who = parts_.gate.session(request);
  if (!who) return error_answer(who.error(), request.id());
  const auth::Session& session = *(*who)->session();
  if (to_text(session.id) != id) return error_answer(auth::unauthenticated(), request.id());
  if (!session.cuts.empty()) {
    const Error above(ErrorCode::kForbidden, "a grant does not end the session that it was cut from");
    return error_answer(above, request.id());
  }
  return give_back(request, *std::move(who));
}

http::Task<http::Response> RevocationRoutes::give_back(http::Request& request, auth::SessionPtr who) {
  const Result<store::Revocation> stands = co_await parts_.revocations.give_back(*who);
  if (!stands) co_return error_answer(stands.error(), request.id());
  tell(request, *who, *stands);
  co_return http::Response(204);
}

http::Reply RevocationRoutes::take_back_grant(http::Request& request, std::string_view id) {
  Result<auth::SessionPtr> who = parts_.gate.session(request);
  if (!who) return error_answer(who.error(), request.id());
  const Result<auth::CutId> grant = auth::parse_cut_id(id);
  if (!grant) return error_answer(grant.error(), request.id());
  return take_back(request, *std::move(who), *grant);
}

http::Task<http::Response> RevocationRoutes::take_back(http::Request& request, auth::SessionPtr who,
                                                       auth::CutId grant) {
  const Result<store::Revocation> stands = co_await parts_.revocations.take_back(*who, grant);
  if (!stands) co_return error_answer(stands.error(), request.id());
  tell(request, *who, *stands);
  co_return http::Response(204);
}

}  // namespace hubwarden::delivery
