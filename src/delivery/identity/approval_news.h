#pragma once

// What becomes of questions to persons, told to everybody who is to know: the ledger, the log, the metrics,
// and whoever the webhook goes to.

#include <string_view>

#include "auth/approvals.h"
#include "base/clock.h"
#include "delivery/identity/approval_webhook.h"
#include "ledger/ledger.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

class ApprovalNews final : public auth::ApprovalObserver {
 public:
  struct Parts {
    const Clock& clock;
    ledger::Ledger& ledger;
    ApprovalWebhook& webhook;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  // All of `parts` outlive it. Threads: any.
  explicit ApprovalNews(Parts parts);

  void changed(const store::Approval& approval, std::string_view request_id) override;

 private:
  Parts parts_;
  obs::CounterFamily& changes_;
};

}  // namespace hubwarden::delivery
