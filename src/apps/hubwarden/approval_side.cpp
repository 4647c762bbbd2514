#include "apps/hubwarden/approval_side.h"

#include <exception>

namespace hubwarden::apps {

ApprovalSide::ApprovalSide(const Parts& parts)
    : parts_(parts),
      webhook_({parts.clock, parts.timers, parts.random, parts.log, parts.metrics}),
      news_({parts.clock, parts.ledger, webhook_, parts.log, parts.metrics}),
      approvals_({parts.records, parts.clock, parts.timers, parts.random, parts.log, &news_}) {
}

void ApprovalSide::aim(const config::Approvals& config, http::Client& client) {
  if (config.webhook_url.empty()) {
    webhook_.aim(std::nullopt);
  } else {
    webhook_.aim(delivery::WebhookTarget(config.webhook_url, config.webhook_secret, client));
  }
}

void ApprovalSide::start() {
  net::spawn(parts_.loops.next(), approvals_.tend(),
             [this](std::exception_ptr) { parts_.log.error("approval.tending_ended", {}); });
  net::spawn(parts_.loops.next(), webhook_.deliver(),
             [this](std::exception_ptr) { parts_.log.error("approval.webhook_ended", {}); });
}

net::Task<> ApprovalSide::stop() {
  co_await webhook_.stop();
  co_await approvals_.stop();
}

}  // namespace hubwarden::apps
