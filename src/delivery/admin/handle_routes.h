#pragma once

// /admin/handles: issue, list, revoke. Source: docs/http-api.md, "Handles".

#include <string_view>

#include "auth/handles.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "http/handler.h"
#include "obs/log.h"

namespace hubwarden::delivery {

class HandleRoutes {
 public:
  struct Parts {
    const Gate& gate;
    auth::Handles& handles;
    const Recorder& recorder;
    obs::Log& log;
  };

  explicit HandleRoutes(Parts parts) : parts_(parts) {}

  http::Reply issue(http::Request& request);
  http::Reply list(http::Request& request);
  http::Reply get(http::Request& request, std::string_view id);
  http::Reply revoke(http::Request& request, std::string_view id);

 private:
  http::Task<http::Response> issue_it(http::Request& request);
  http::Task<http::Response> list_them(http::Request& request, auth::HandlePageRequest page);
  http::Task<http::Response> get_it(http::Request& request, store::HandleId id);
  http::Task<http::Response> revoke_it(http::Request& request, store::HandleId id);
  void tell(const http::Request& request, std::string_view change, store::HandleId id) const;

  Parts parts_;
};

}  // namespace hubwarden::delivery
