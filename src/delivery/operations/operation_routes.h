#pragma once

// POST /v1/proxy/github/rest: hubwarden acts on GitHub for the holder of a session or a handle, who never
// sees a token. Source: docs/operations-on-github.md.

#include <optional>
#include <string>
#include <string_view>

#include "auth/approvals.h"
#include "auth/rule_budgets.h"
#include "base/clock.h"
#include "delivery/gate.h"
#include "delivery/operations/idempotency.h"
#include "delivery/operations/order.h"
#include "delivery/operations/performer.h"
#include "delivery/recorder.h"
#include "http/call_context.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

struct OperationRules {
  explicit OperationRules(std::string usual_host_) : usual_host(std::move(usual_host_)) {}

  std::string usual_host;  // of credentials that name none
  Duration timeout = std::chrono::seconds(25);
};

class OperationRoutes {
 public:
  struct Parts {
    const Clock& clock;
    const Gate& gate;
    Performer& performer;
    Idempotency& writes;
    auth::RuleBudgets& budgets;
    auth::Approvals& approvals;
    const Recorder& recorder;
    obs::Log& log;
    obs::Metrics& metrics;
    Trial* trial = nullptr;  // of another policy, if there is one
  };

  OperationRoutes(Parts parts, OperationRules rules);

  http::Reply post(http::Request& request);

 private:
  enum class Outcome { kDone, kRefused, kFailed };
  using Answer = Result<http::Response>;
  using LeasePtr = std::unique_ptr<auth::CallLease>;

  http::Task<http::Response> answer(http::Request& request);
  http::Task<http::Response> carry_out_and_tell(const http::Request& request, const Order& order);
  // Asks for consent; the answer for who has to wait for it.
  http::Task<Result<std::optional<http::Response>>> ask(const http::Request& request, Order& order);
  http::Task<Answer> carry_out(const Order& order, http::CallContext context);
  http::Task<Answer> carry_out_once(const Order& order, http::CallContext context,
                                    std::string_view request_id);
  // Budgets and, where it is needed, the consent, which is used up by that.
  http::Task<Result<LeasePtr>> leave_for(const Order& order, http::CallContext context,
                                         std::string_view request_id);
  http::Task<Answer> keep(Idempotency::Turn turn, Performed done, std::string_view what);
  http::Task<Result<Performed>> perform(const Order& order, LeasePtr lease, http::CallContext context);
  http::Task<Result<LeasePtr>> lease_for(const Order& order, const http::CallContext& context) const;
  ledger::Event event_of(const http::Request& request, const Order& order, ledger::EventKind kind) const;
  // Before a write, and after everything.
  http::Task<Result<>> record_intent(const http::Request& request, const Order& order) const;
  void record(const http::Request& request, const Order& order, const Answer& answer, Duration took) const;
  http::Response tell(const http::Request& request, const Order& order, Answer answer);

  Parts parts_;
  OperationRules rules_;
  obs::CounterFamily& outcomes_;
  obs::Counter& replays_;
};

}  // namespace hubwarden::delivery
