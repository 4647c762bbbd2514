#include "delivery/admin/handle_routes.h"

#include <string>
#include <utility>

#include "delivery/admin/handle_json.h"
#include "delivery/error_answer.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "delivery/page_query.h"
#include "http/call_context.h"

namespace hubwarden::delivery {

void HandleRoutes::tell(const http::Request& request, std::string_view change, store::HandleId id) const {
  const std::string handle = store::to_text(id);
  parts_.log.info("admin.handle_changed", {{"change", change},
                                           {"handle", std::string_view(handle)},
                                           obs::request_id(request.id()),
                                           http::trace_id(http::trace_of(request))});
  const bool is_new = change == "issued";
  ledger::Event event = parts_.recorder.event_of_operator(
      is_new ? ledger::EventKind::kHandleIssued : ledger::EventKind::kRevocation, request);
  event.handle = id;
  event.about = change;
  parts_.recorder.record(std::move(event));
}

http::Reply HandleRoutes::issue(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  return issue_it(request);
}

http::Task<http::Response> HandleRoutes::issue_it(http::Request& request) {
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<boost::json::object> body =
      parse_json(*text, {"repository", "host", "operations", "expires_in", "budget", "priority"});
  if (!body) co_return error_answer(body.error(), request.id());
  Result<auth::HandleWish> wish = parse_handle_wish(*body);
  if (!wish) co_return error_answer(wish.error(), request.id());
  const Result<auth::NewHandle> issued = co_await parts_.handles.issue(std::move(*wish));
  if (!issued) co_return error_answer(issued.error(), request.id());
  tell(request, "issued", issued->record().id);
  co_return secret_answer(to_json(issued->record()), "proxy_handle", issued->handle());
}

http::Reply HandleRoutes::list(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<auth::HandlePageRequest> page = page_of<auth::HandlePageRequest>(request);
  if (!page) return error_answer(page.error(), request.id());
  return list_them(request, *page);
}

http::Task<http::Response> HandleRoutes::list_them(http::Request& request, auth::HandlePageRequest page) {
  const Result<auth::HandlePage> found = co_await parts_.handles.list(page);
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json(*found));
}

http::Reply HandleRoutes::get(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<store::HandleId> parsed = store::parse_handle_id(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return get_it(request, *parsed);
}

http::Task<http::Response> HandleRoutes::get_it(http::Request& request, store::HandleId id) {
  const Result<store::Handle> found = co_await parts_.handles.get(id);
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json(*found));
}

http::Reply HandleRoutes::revoke(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  const Result<store::HandleId> parsed = store::parse_handle_id(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return revoke_it(request, *parsed);
}

http::Task<http::Response> HandleRoutes::revoke_it(http::Request& request, store::HandleId id) {
  const Result<> revoked = co_await parts_.handles.revoke(id);
  if (!revoked) co_return error_answer(revoked.error(), request.id());
  tell(request, "revoked", id);
  co_return http::Response(204);
}

}  // namespace hubwarden::delivery
