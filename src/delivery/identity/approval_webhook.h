#pragma once

// Tells another server of questions to persons, signed, so that these hear of them. Source:
// docs/approvals.md.
//
//   ApprovalWebhook webhook({clock, timers, random, log, metrics});
//   webhook.aim({"https://chat.example.com/hubwarden", secret, client});
//   net::spawn(loop, webhook.deliver(), on_failure);         // until stop()
//   webhook.send("pending", to_json(approval, now));         // from any thread; never waits
//   co_await webhook.stop();
//
// One delivery at a time, in their order. What cannot be delivered is logged, counted and given up: who is
// asked can still look for it. Nothing is kept over a restart.

#include <atomic>
#include <boost/json/object.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/shared_secret.h"
#include "http/client.h"
#include "net/event.h"
#include "net/task.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

struct WebhookTarget {
  WebhookTarget(std::string url_, SharedSecret secret_, http::Client& client_)
      : url(std::move(url_)), secret(std::move(secret_)), client(&client_) {}

  std::string url;
  SharedSecret secret;
  http::Client* client;  // outlives the webhook's stop
};

class ApprovalWebhook {
 public:
  // A server that is away for longer than its queue has missed questions that are over by then.
  static constexpr std::size_t kMaxQueued = 1000;
  static constexpr int kMaxAttempts = 5;
  static constexpr Duration kAttempt = std::chrono::seconds(10);
  // A person does not notice.
  static constexpr Duration kLookEvery = std::chrono::milliseconds(250);

  struct Parts {
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  // All of `parts` outlive it.
  explicit ApprovalWebhook(Parts parts);

  // From now on; nothing: nobody is told.
  void aim(std::optional<WebhookTarget> target);
  // `event`: "pending", "approved", "denied".
  void send(std::string_view event, const boost::json::object& approval);

  // Until stop(), which waits for what is under way and drops the rest: a task that was made must be run.
  net::Task<> deliver();
  net::Task<> stop();

 private:
  enum class Outcome { kDelivered, kFailed, kDropped };
  struct Delivery {
    Delivery(std::string id_, std::string body_) : id(std::move(id_)), body(std::move(body_)) {}
    std::string id;
    std::string body;
  };
  struct State {
    std::optional<WebhookTarget> target;
    std::deque<Delivery> queue;
  };

  net::Task<> deliver_until_stopped();
  net::Task<> deliver_one(Delivery delivery);
  // Nothing, or why not.
  net::Task<std::optional<std::string>> attempt(const Delivery& delivery, WebhookTarget target);
  std::optional<Delivery> next();
  std::optional<WebhookTarget> target() { return state_.lock()->target; }

  Parts parts_;
  obs::CounterFamily& outcomes_;
  Guarded<State> state_;
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::delivery
