#pragma once

// Asks GitHub for the deliveries of one App's webhook that failed, and takes what they said: GitHub itself
// never delivers twice.
//
//   Poller poller({clock, timers, api, intake, log, metrics}, app, 5min);
//   net::spawn(loop, poller.run(), on_failure);
//   …
//   co_await poller.stop();
//
// Looks back to its last look that went through, at first to its making: what was remembered before that is
// nobody's here. Threads: run() on one loop; stop() from any.

#include <atomic>

#include "base/clock.h"
#include "github/api.h"
#include "net/event.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "webhooks/intake.h"

namespace hubwarden::webhooks {

class Poller {
 public:
  struct Parts {
    const Clock& clock;  // GitHub's time, as far as it is known
    net::Timers& timers;
    github::Api& api;
    Intake& intake;
    obs::Log& log;
    obs::Metrics& metrics;
  };

  Poller(Parts parts, tokens::AppRef app, Duration every);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Until stop(), which waits for it: a task that was made must be run.
  net::Task<> run();
  // Returns when the request that is under way, if any, has its answer.
  net::Task<> stop();

  // A look reads so many deliveries at most, and asks for the payloads of so many.
  static constexpr int kMaxPages = 10;
  static constexpr int kMaxFetched = 100;
  // Deliveries may get into the list later than their time says, and clocks differ.
  static constexpr Duration kOverlap = std::chrono::minutes(5);
  static constexpr Duration kRequestTimeout = std::chrono::seconds(15);

 private:
  enum class Look { kComplete, kIncomplete, kFailed };

  net::Task<> look_until_stopped();
  net::Task<Result<Look>> look();
  // True: the page reaches back to the last look.
  net::Task<Result<bool>> take_page(github::DeliveryPage page, int& fetched);
  net::Task<Result<>> take(github::DeliveryItem item);
  Delivery delivery_of(const github::DeliveryItem& item) const;
  SteadyPoint deadline() const;
  // How long until the next look, after this one.
  Duration report(const Result<Look>& looked);

  Parts parts_;
  const tokens::AppRef app_;
  const Duration every_;
  obs::CounterFamily& looks_;
  TimePoint seen_until_;
  std::atomic<int> running_{0};
  net::Event stopping_;
};

}  // namespace hubwarden::webhooks
