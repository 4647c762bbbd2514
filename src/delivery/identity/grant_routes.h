#pragma once

// POST /v1/grants: a session, or somebody with a grant, cuts a narrower one for somebody else.
// Source: docs/sessions.md, "Grants".

#include "auth/sessions.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "http/handler.h"
#include "obs/log.h"

namespace hubwarden::delivery {

class GrantRoutes {
 public:
  struct Parts {
    const Gate& gate;
    const auth::Sessions& sessions;
    const Recorder& recorder;
    obs::Log& log;
  };

  // All of `parts` outlive it.
  explicit GrantRoutes(Parts parts) : parts_(parts) {}

  http::Reply cut(http::Request& request) { return cut_it(request); }

 private:
  http::Task<http::Response> cut_it(http::Request& request);
  void tell(const http::Request& request, const auth::Session& session) const;

  Parts parts_;
};

}  // namespace hubwarden::delivery
