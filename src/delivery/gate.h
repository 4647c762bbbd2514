#pragma once

// Who may pass: the credential of a request, and what it opens. Nothing but `Authorization: Bearer` is looked
// at.

#include <memory>
#include <string_view>

#include "auth/admin_credential.h"
#include "auth/workspaces.h"
#include "base/error.h"
#include "http/handler.h"

namespace hubwarden::delivery {

class Gate {
 public:
  // Both outlive it.
  Gate(const auth::AdminCredential& admin, const auth::Workspaces& workspaces)
      : admin_(admin), workspaces_(workspaces) {}

  Result<> admin(const http::Request& request) const;
  // The workspace `id` itself, by one of its own tokens. Another workspace's token is answered like an
  // unknown one: the answer says nothing about which ids exist.
  Result<std::shared_ptr<const auth::WorkspacePrincipal>> workspace(const http::Request& request,
                                                                    std::string_view id) const;

 private:
  const auth::AdminCredential& admin_;
  const auth::Workspaces& workspaces_;
};

}  // namespace hubwarden::delivery
