#include "delivery/gate.h"

#include <utility>

#include "auth/bearer.h"
#include "auth/credential_text.h"

namespace hubwarden::delivery {

Result<> Gate::admin(const http::Request& request) const {
  const Result<> may_try = parts_.throttle.may_try(request);
  if (!may_try) return may_try;
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer || !parts_.admin.matches(*bearer)) return std::unexpected(parts_.throttle.refused(request));
  return {};
}

bool Gate::shows_admin(const http::Request& request) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  return bearer && parts_.throttle.may_try(request) && parts_.admin.matches(*bearer);
}

Result<std::shared_ptr<const auth::WorkspacePrincipal>> Gate::workspace(const http::Request& request,
                                                                        std::string_view id) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) return std::unexpected(parts_.throttle.refused(request));
  auto who = parts_.workspaces.authenticate(*bearer);
  if (!who || who->id().text() != id) return std::unexpected(parts_.throttle.refused(request));
  const Result<> may_at_all = parts_.revoked.check(*who);
  if (!may_at_all) return std::unexpected(may_at_all.error());
  const Result<> may_ask = parts_.throttle.caller(*who);
  if (!may_ask) return std::unexpected(may_ask.error());
  return who;
}

Result<std::shared_ptr<const auth::HandlePrincipal>> Gate::handle(const http::Request& request,
                                                                  std::string_view secret) const {
  auto who = parts_.handles.authenticate(secret);
  if (!who) {
    Error wrong(ErrorCode::kUnauthenticated, "a valid proxy handle is needed");
    return std::unexpected(parts_.throttle.refused(request, std::move(wrong)));
  }
  const Result<> may_at_all = parts_.revoked.check(*who);
  if (!may_at_all) return std::unexpected(may_at_all.error());
  return who;
}

Result<auth::SessionPtr> Gate::session(const http::Request& request) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) return std::unexpected(parts_.throttle.refused(request));
  Result<auth::SessionPtr> who = parts_.sessions.authenticate(*bearer);
  if (!who) {
    if (who.error().code() != ErrorCode::kUnauthenticated) return who;
    return std::unexpected(parts_.throttle.refused(request, who.error()));
  }
  const Result<> may_at_all = parts_.revoked.check(**who);
  if (!may_at_all) return std::unexpected(may_at_all.error());
  const Result<> may_ask = parts_.throttle.caller(**who);
  if (!may_ask) return std::unexpected(may_ask.error());
  return who;
}

Result<auth::PrincipalPtr> Gate::session_or_handle(const http::Request& request) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (bearer && auth::is_credential(auth::kHandlePrefix, *bearer)) return handle(request, *bearer);
  return session(request);
}

}  // namespace hubwarden::delivery
