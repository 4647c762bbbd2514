#pragma once

// Questions to persons across reloads: their state, and who is told of it.
//
//   ApprovalSide side(parts);
//   side.aim(config.approvals, client);     // at the start and at every reload
//   side.start();
//   co_await side.stop();                   // before the client, the ledger and the store

#include "auth/approvals.h"
#include "base/random.h"
#include "config/config.h"
#include "delivery/identity/approval_news.h"
#include "delivery/identity/approval_webhook.h"
#include "http/client.h"
#include "ledger/ledger.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/approval_records.h"

namespace hubwarden::apps {

class ApprovalSide {
 public:
  struct Parts {
    store::ApprovalRecords& records;
    ledger::Ledger& ledger;
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    net::Loops& loops;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  // All of `parts` outlive it.
  explicit ApprovalSide(const Parts& parts);

  auth::Approvals& approvals() { return approvals_; }

  // The client outlives stop().
  void aim(const config::Approvals& config, http::Client& client);
  void start();
  net::Task<> stop();

 private:
  Parts parts_;
  delivery::ApprovalWebhook webhook_;
  delivery::ApprovalNews news_;
  auth::Approvals approvals_;
};

}  // namespace hubwarden::apps
