#pragma once

// Where GitHub's news arrive, whether it brought them or was asked for them: each is acted upon once, counted
// and logged in one line.
//
//   Intake intake(service, log, metrics);
//   Delivery delivery("72d3162e-cc78-11e3-81ab-4c9367dc0958", addressee, Source::kWebhook);
//   Outcome outcome = co_await intake.take(std::move(delivery), std::move(webhook));
//
// Asks nobody and waits for nothing but the second tier. Thread-safe.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/lru.h"
#include "base/text.h"
#include "github/webhook.h"
#include "http/call_context.h"
#include "net/task.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "tokens/service.h"
#include "webhooks/addressee.h"

namespace hubwarden::webhooks {

enum class Outcome {
  kHandled,
  kIgnored,    // not of a kind that concerns us, or for an App that is not ours
  kDuplicate,  // taken before
  kMalformed,  // not whole, too large, or not what GitHub promises
  kRefused,    // not signed with a secret of ours
};
std::string_view to_string(Outcome outcome);  // "handled"

enum class Source { kWebhook, kPoll };

struct Delivery {
  Delivery(std::string id_, Addressee addressee_, Source source_)
      : id(std::move(id_)), addressee(std::move(addressee_)), source(source_) {}

  std::string id;  // the GUID; the same when it is delivered again, and for each App that gets the event
  Addressee addressee;
  Source source;
  std::string request_id;  // for the log, with the trace that it belongs to
  std::optional<wire::TraceContext> trace;
};

class Intake {
 public:
  // What else is told of each change, with the host that it is of: other replicas.
  using Tell = std::function<void(const std::string& host, const tokens::Touched& touched)>;

  // All outlive it.
  Intake(tokens::TokenService& service, obs::Log& log, obs::Metrics& metrics, Tell tell);

  net::Task<Outcome> take(Delivery delivery, github::Webhook webhook);
  // One that got no further. `reason` is fit to be logged.
  void turn_away(const Delivery& delivery, github::WebhookEvent event, Outcome outcome,
                 std::string_view reason);

  // Whether it was taken, or given up.
  bool has_seen(const Delivery& delivery);
  // Is not to be asked for again.
  void give_up(const Delivery& delivery) { note(delivery); }

  // GitHub can deliver again for three days; a delivery that was forgotten meanwhile is taken once more,
  // which costs a few mints.
  static constexpr std::size_t kMaxSeen = 20'000;

 private:
  struct Plan;

  static std::string key_of(const Delivery& delivery);
  void note(const Delivery& delivery);
  std::vector<Plan> plans_for(const Delivery& delivery, const github::Webhook& webhook) const;
  void tell(const Delivery& delivery, const github::Webhook& webhook, Outcome outcome,
            const tokens::Forgotten& forgotten);

  tokens::TokenService& service_;
  const Tell tell_others_;
  obs::Log& log_;
  obs::CounterFamily& outcomes_;
  obs::CounterFamily& forgotten_;
  Guarded<Lru<std::string, bool, TextHash>> seen_{kMaxSeen};
};

}  // namespace hubwarden::webhooks
