#pragma once

// GET /v1/capabilities: what may I do with a repository; POST /v1/explain: may I do this, by which rule, and
// why not. For sessions and handles. Nothing is done, minted or counted. Source: docs/sessions.md.

#include "delivery/gate.h"
#include "http/handler.h"

namespace hubwarden::delivery {

class CapabilityRoutes {
 public:
  // Outlives it.
  explicit CapabilityRoutes(const Gate& gate) : gate_(gate) {}

  http::Reply get(http::Request& request);
  http::Reply explain(http::Request& request);

 private:
  http::Task<http::Response> explain_it(http::Request& request);

  const Gate& gate_;
};

}  // namespace hubwarden::delivery
