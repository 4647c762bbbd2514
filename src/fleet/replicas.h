#pragma once

// How many replicas the fleet has: each says now and then on the channel of news that it is there.
//
//   Replicas replicas({executor, redis, timers, clock, random, metrics});
//   Ear ear{[&](std::string_view message) { replicas.heard(message); }, …};      // of a Listener on kChannel
//   replicas.start();
//   replicas.count();            // as last seen: while Redis is away it stays what it was
//   co_await replicas.stop();
//
// One that has just started and never heard Redis counts itself alone. Threads: any.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "net/event.h"
#include "net/timers.h"
#include "obs/metrics.h"
#include "redis/client.h"

namespace hubwarden::fleet {

class Replicas {
 public:
  struct Parts {
    net::Executor executor;
    redis::Client& redis;
    net::Timers& timers;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
  };

  explicit Replicas(Parts parts);

  void heard(std::string_view message);
  std::size_t count() const;

  void start();
  net::Task<> stop();

  static constexpr Duration kEvery = std::chrono::seconds(2);
  // One that is not heard for so long, while this one hears itself, is gone.
  static constexpr Duration kSilence = std::chrono::seconds(10);
  // Of what others may say on the channel, no more is remembered.
  static constexpr std::size_t kMax = 10'000;

 private:
  using Seen = std::map<std::string, SteadyPoint, std::less<>>;

  net::Task<> say();

  Parts parts_;
  obs::Gauge& gauge_;
  const std::string message_;  // "here <a random name>"
  mutable Guarded<Seen> seen_;
  net::Event stopping_;
  net::Event stopped_;
};

}  // namespace hubwarden::fleet
