#pragma once

// GET /workspaces/{id}/diagnosis: which link between hubwarden and a token for this workspace holds, for
// `hubwarden doctor`. Source: docs/http-api.md, "Diagnosis".

#include <string_view>

#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/token/report_limit.h"
#include "http/handler.h"
#include "tokens/examiner.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

class DiagnosisRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    tokens::TokenService& service;
    tokens::Examiner& examiner;
  };

  // `usual_host` is meant by a query that names none; `timeout` is that of the route.
  DiagnosisRoutes(Parts parts, std::string usual_host, Duration timeout);

  http::Reply get(http::Request& request, std::string_view id);

 private:
  http::Task<http::Response> examine(http::Request& request, tokens::TokenAsk ask);

  Parts parts_;
  std::string usual_host_;
  Duration timeout_;
  ReportLimit limit_;
};

}  // namespace hubwarden::delivery
