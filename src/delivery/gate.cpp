#include "delivery/gate.h"

#include "auth/bearer.h"

namespace hubwarden::delivery {

Result<> Gate::admin(const http::Request& request) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) return std::unexpected(bearer.error());
  if (!admin_.matches(*bearer)) return std::unexpected(auth::unauthenticated());
  return {};
}

Result<std::shared_ptr<const auth::WorkspacePrincipal>> Gate::workspace(const http::Request& request,
                                                                        std::string_view id) const {
  const Result<std::string_view> bearer = auth::bearer_of(request.fields());
  if (!bearer) return std::unexpected(bearer.error());
  auto who = workspaces_.authenticate(*bearer);
  if (!who || who->id().text() != id) return std::unexpected(auth::unauthenticated());
  return who;
}

}  // namespace hubwarden::delivery
