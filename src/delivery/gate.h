#pragma once

// Who may pass, and how often: the credential of a request, and what it opens. Nothing is looked at but
// `Authorization: Bearer` and, where a route takes one, the handle in the body.

#include <memory>
#include <string_view>

#include "auth/admin_credential.h"
#include "auth/handle_principal.h"
#include "auth/handles.h"
#include "auth/workspaces.h"
#include "base/error.h"
#include "delivery/throttle.h"
#include "http/handler.h"

namespace hubwarden::delivery {

class Gate {
 public:
  // All outlive it.
  Gate(const auth::AdminCredential& admin, const auth::Workspaces& workspaces, const auth::Handles& handles,
       Throttle& throttle)
      : admin_(admin), workspaces_(workspaces), handles_(handles), throttle_(throttle) {}

  // The operator's credential is somebody's choice and might be guessed: from an address with too many
  // failures it is not looked at. A workspace's is 256 random bits, and opens from anywhere at any time. So
  // is a handle.
  Result<> admin(const http::Request& request) const;
  // The workspace `id` itself, by one of its own tokens. Another workspace's token is answered like an
  // unknown one: the answer says nothing about which ids exist.
  Result<std::shared_ptr<const auth::WorkspacePrincipal>> workspace(const http::Request& request,
                                                                    std::string_view id) const;
  // The holder of a handle, which stands in the request's body: `secret`. How much it may do is for its
  // budget to say.
  Result<std::shared_ptr<const auth::HandlePrincipal>> handle(const http::Request& request,
                                                              std::string_view secret) const;

 private:
  const auth::AdminCredential& admin_;
  const auth::Workspaces& workspaces_;
  const auth::Handles& handles_;
  Throttle& throttle_;
};

}  // namespace hubwarden::delivery
