#include "delivery/gate.h"

#include <utility>

#include "auth/bearer.h"

namespace hubwarden::delivery {

Result<> Gate::admin(const http::Request& request) const {
  const Result<> may_try = throttle_.may_try(request);
  if (!may_try) return may_try;
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer || !admin_.matches(*bearer)) return std::unexpected(throttle_.refused(request));
  return {};
}

Result<std::shared_ptr<const auth::WorkspacePrincipal>> Gate::workspace(const http::Request& request,
                                                                        std::string_view id) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) return std::unexpected(throttle_.refused(request));
  auto who = workspaces_.authenticate(*bearer);
  if (!who || who->id().text() != id) return std::unexpected(throttle_.refused(request));
  const Result<> may_ask = throttle_.caller(*who);
  if (!may_ask) return std::unexpected(may_ask.error());
  return who;
}

Result<std::shared_ptr<const auth::HandlePrincipal>> Gate::handle(const http::Request& request,
                                                                  std::string_view secret) const {
  auto who = handles_.authenticate(secret);
  if (who) return who;
  Error wrong(ErrorCode::kUnauthenticated, "a valid proxy handle is needed");
  return std::unexpected(throttle_.refused(request, std::move(wrong)));
}

}  // namespace hubwarden::delivery
