#pragma once

// POST /admin/workspaces/{id}/env: what a workspace boots with. Source: docs/http-api.md, "A workspace's
// environment".

#include <string_view>

#include "auth/workspaces.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "providers/registry.h"

namespace hubwarden::delivery {

class EnvironmentRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    auth::Workspaces& workspaces;
    const providers::Registry& registry;
    obs::Log& log;
    obs::Metrics& metrics;
  };

  // `timeout` is for all providers together.
  EnvironmentRoutes(Parts parts, Duration timeout);

  http::Reply post(http::Request& request, std::string_view id);

 private:
  http::Task<http::Response> boot(http::Request& request, policy::WorkspaceId id);
  http::Response refuse(const http::Request& request, std::string_view workspace, const Error& error);

  enum class Outcome { kGiven, kFailed };

  Parts parts_;
  Duration timeout_;
  obs::CounterFamily& outcomes_;
};

}  // namespace hubwarden::delivery
