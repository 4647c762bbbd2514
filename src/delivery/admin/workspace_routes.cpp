#include "delivery/admin/workspace_routes.h"

#include "delivery/admin/workspace_json.h"
#include "delivery/error_answer.h"
#include "delivery/json_answer.h"
#include "delivery/json_body.h"
#include "delivery/page_query.h"
#include "http/call_context.h"

namespace hubwarden::delivery {
namespace {

http::Response new_token_answer(std::string_view workspace, const auth::NewToken& token) {
  boost::json::object open;
  open["id"] = workspace;
  open["token_id"] = store::to_text(token.id());
  return secret_answer(open, "token", token.token());
}

}  // namespace

void WorkspaceRoutes::tell(const http::Request& request, std::string_view change,
                           std::string_view workspace) const {
  parts_.log.info("admin.workspace_changed", {{"change", change},
                                              {"workspace", workspace},
                                              obs::request_id(request.id()),
                                              http::trace_id(http::trace_of(request))});
  ledger::Event event = parts_.recorder.event_of_operator(ledger::EventKind::kWorkspaceChanged, request);
  const Result<policy::WorkspaceId> id = policy::WorkspaceId::parse(workspace);
  if (id) event.workspace = *id;
  event.about = change;
  parts_.recorder.record(std::move(event));
}

http::Reply WorkspaceRoutes::create(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  return create_it(request);
}

http::Task<http::Response> WorkspaceRoutes::create_it(http::Request& request) {
  const Result<std::string> text = co_await json_text(request);
  if (!text) co_return error_answer(text.error(), request.id());
  const Result<boost::json::object> body = parse_json(*text, {"id", "repositories", "permissions"});
  if (!body) co_return error_answer(body.error(), request.id());
  const Result<Registration> wanted = parse_registration(*body);
  if (!wanted) co_return error_answer(wanted.error(), request.id());
  const Result<auth::NewToken> created =
      co_await parts_.workspaces.create(wanted->id, wanted->repositories, wanted->permissions);
  if (!created) co_return error_answer(created.error(), request.id());
  tell(request, "created", wanted->id.text());
  co_return new_token_answer(wanted->id.text(), *created);
}

http::Reply WorkspaceRoutes::list(http::Request& request) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<auth::WorkspacePageRequest> page = page_of<auth::WorkspacePageRequest>(request);
  if (!page) return error_answer(page.error(), request.id());
  return list_them(request, std::move(*page));
}

http::Task<http::Response> WorkspaceRoutes::list_them(http::Request& request,
                                                      auth::WorkspacePageRequest page) {
  const Result<auth::WorkspacePage> found = co_await parts_.workspaces.list(std::move(page));
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json(*found));
}

http::Reply WorkspaceRoutes::get(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<policy::WorkspaceId> parsed = policy::WorkspaceId::parse(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return get_it(request, std::move(*parsed));
}

http::Task<http::Response> WorkspaceRoutes::get_it(http::Request& request, policy::WorkspaceId id) {
  const Result<store::WorkspaceRecord> found = co_await parts_.workspaces.get(std::move(id));
  if (!found) co_return error_answer(found.error(), request.id());
  co_return json_answer(200, to_json(*found));
}

http::Reply WorkspaceRoutes::remove(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<policy::WorkspaceId> parsed = policy::WorkspaceId::parse(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return remove_it(request, std::move(*parsed));
}

http::Task<http::Response> WorkspaceRoutes::remove_it(http::Request& request, policy::WorkspaceId id) {
  const Result<> removed = co_await parts_.workspaces.remove(id);
  if (!removed) co_return error_answer(removed.error(), request.id());
  tell(request, "removed", id.text());
  co_return http::Response(204);
}

http::Reply WorkspaceRoutes::add_token(http::Request& request, std::string_view id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<policy::WorkspaceId> parsed = policy::WorkspaceId::parse(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  return add_token_to(request, std::move(*parsed));
}

http::Task<http::Response> WorkspaceRoutes::add_token_to(http::Request& request, policy::WorkspaceId id) {
  const Result<auth::NewToken> added = co_await parts_.workspaces.rotate(id);
  if (!added) co_return error_answer(added.error(), request.id());
  tell(request, "token added", id.text());
  co_return new_token_answer(id.text(), *added);
}

http::Reply WorkspaceRoutes::revoke_token(http::Request& request, std::string_view id,
                                          std::string_view token_id) {
  const Result<> admin = parts_.gate.admin(request);
  if (!admin) return error_answer(admin.error(), request.id());
  Result<policy::WorkspaceId> parsed = policy::WorkspaceId::parse(id);
  if (!parsed) return error_answer(parsed.error(), request.id());
  const Result<store::TokenId> token = store::parse_token_id(token_id);
  if (!token) return error_answer(token.error(), request.id());
  return revoke_token_of(request, std::move(*parsed), *token);
}

http::Task<http::Response> WorkspaceRoutes::revoke_token_of(http::Request& request, policy::WorkspaceId id,
                                                            store::TokenId token) {
  const Result<> revoked = co_await parts_.workspaces.revoke(id, token);
  if (!revoked) co_return error_answer(revoked.error(), request.id());
  tell(request, "token revoked", id.text());
  co_return http::Response(204);
}

}  // namespace hubwarden::delivery
