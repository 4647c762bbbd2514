#pragma once

// Who may pass, and how often: the credential of a request, and by which authority. Nothing is looked at but
// `Authorization: Bearer` and, where a route takes one, the handle in the body.

#include <memory>
#include <string_view>

#include "auth/admin_credential.h"
#include "auth/handle_principal.h"
#include "auth/handles.h"
#include "auth/revocation_index.h"
#include "auth/sessions.h"
#include "auth/workspaces.h"
#include "base/error.h"
#include "delivery/throttle.h"
#include "http/handler.h"

namespace hubwarden::delivery {

class Gate {
 public:
  struct Parts {
    const auth::AdminCredential& admin;
    const auth::Workspaces& workspaces;
    const auth::Handles& handles;
    const auth::Sessions& sessions;
    const auth::RevocationIndex& revoked;
    Throttle& throttle;
  };
  // All of `parts` outlive it. `authority`: by which all who pass have their grants.
  Gate(Parts parts, auth::AuthorityPtr authority) : parts_(parts), authority_(std::move(authority)) {}

  // The operator's credential is somebody's choice and might be guessed: from an address with too many
  // failures it is not looked at. A workspace's is 256 random bits, and opens from anywhere at any time. So
  // is a handle, and a session's is signed.
  Result<> admin(const http::Request& request) const;
  // Whether it shows that credential, from where it may be looked at. Counts against nobody: the request may
  // show another one.
  bool shows_admin(const http::Request& request) const;
  // The workspace `id` itself, by one of its own tokens. Another workspace's token is answered like an
  // unknown one: the answer says nothing about which ids exist.
  Result<std::shared_ptr<const auth::WorkspacePrincipal>> workspace(const http::Request& request,
                                                                    std::string_view id) const;
  // The holder of a handle, which stands in the request's body: `secret`. How much it may do is for its
  // budget to say.
  Result<std::shared_ptr<const auth::HandlePrincipal>> handle(const http::Request& request,
                                                              std::string_view secret) const;
  Result<auth::SessionPtr> session(const http::Request& request) const;
  // A session or a handle, whichever the request shows.
  Result<auth::PrincipalPtr> session_or_handle(const http::Request& request) const;

  // Whether who has passed may still have an answer: to be asked again after a wait.
  Result<> may_go_on(const auth::Principal& who) const { return parts_.revoked.check(who); }

  const auth::AuthorityPtr& authority() const { return authority_; }
  rules::Grant grant_of(const auth::Principal& who) const { return who.grant(*authority_); }

 private:
  Parts parts_;
  const auth::AuthorityPtr authority_;
};

}  // namespace hubwarden::delivery
