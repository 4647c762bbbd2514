#pragma once

// POST /v1/sessions and POST /v1/token: a workload's JWT for a session; POST /v1/sessions/{id}:renew.
// Source: docs/sessions.md.

#include <string_view>

#include "auth/sessions.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/recorder.h"
#include "delivery/throttle.h"
#include "delivery/trial.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

class SessionRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    auth::Sessions& sessions;
    Throttle& throttle;
    const Recorder& recorder;
    obs::Log& log;
    obs::Metrics& metrics;
    Trial* trial = nullptr;  // of another policy, if there is one
  };

  // All of `parts` outlive it. `timeout`: of the question for an issuer's keys, too.
  SessionRoutes(Parts parts, Duration timeout);

  http::Reply open(http::Request& request);
  http::Reply exchange(http::Request& request);
  http::Reply renew(http::Request& request, std::string_view id);

 private:
  enum class Outcome { kOpened, kRenewed, kRefused, kFailed };

  http::Task<http::Response> open_it(http::Request& request);
  http::Task<http::Response> exchange_it(http::Request& request);
  http::Task<Result<auth::OpenedSession>> open_for(http::Request& request, Secret jwt);
  void hear(const http::Request& request, const rules::Caller& caller,
            const Result<auth::OpenedSession>& opened) const;
  void tell(const http::Request& request, obs::EventName event, const auth::Session& session) const;
  Error refused(const http::Request& request, const Error& error);

  Parts parts_;
  Duration timeout_;
  obs::CounterFamily& outcomes_;
};

}  // namespace hubwarden::delivery
