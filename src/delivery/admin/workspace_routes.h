#pragma once

// /admin/workspaces: register, list, rotate, revoke. Source: docs/http-api.md, "Workspaces".

#include <string_view>

#include "auth/workspaces.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "http/handler.h"
#include "obs/log.h"

namespace hubwarden::delivery {

class WorkspaceRoutes {
 public:
  struct Parts {
    const Gate& gate;
    auth::Workspaces& workspaces;
    const Recorder& recorder;
    obs::Log& log;
  };

  explicit WorkspaceRoutes(Parts parts) : parts_(parts) {}

  http::Reply create(http::Request& request);
  http::Reply list(http::Request& request);
  http::Reply get(http::Request& request, std::string_view id);
  http::Reply remove(http::Request& request, std::string_view id);
  http::Reply add_token(http::Request& request, std::string_view id);
  http::Reply revoke_token(http::Request& request, std::string_view id, std::string_view token_id);

 private:
  http::Task<http::Response> create_it(http::Request& request);
  http::Task<http::Response> list_them(http::Request& request, auth::WorkspacePageRequest page);
  http::Task<http::Response> get_it(http::Request& request, policy::WorkspaceId id);
  http::Task<http::Response> remove_it(http::Request& request, policy::WorkspaceId id);
  http::Task<http::Response> add_token_to(http::Request& request, policy::WorkspaceId id);
  http::Task<http::Response> revoke_token_of(http::Request& request, policy::WorkspaceId id,
                                             store::TokenId token);
  void tell(const http::Request& request, std::string_view change, std::string_view workspace) const;

  Parts parts_;
};

}  // namespace hubwarden::delivery
