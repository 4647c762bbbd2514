#pragma once

// What the rate guard is asked, how it is set, and how it refuses. Plain values.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"

namespace hubwarden::github {

// One request that is about to go out with a token of an installation.
struct RateAsk {
  RateAsk(InstallationId installation_, std::string caller_, SteadyPoint deadline_)
      : installation(installation_), caller(std::move(caller_)), deadline(deadline_) {}

  InstallationId installation;
  std::string caller;             // whose turn it is: callers with other keys are not held up by it
  SteadyPoint deadline;           // nobody waits for the answer any longer
  std::string resource = "core";  // as in x-ratelimit-resource
  bool is_write = false;          // paced
  bool is_background = false;     // gives way when little is left
};

struct RateOptions {
  // GitHub's own bound is 100, REST and GraphQL together (docs/github-facts.md, §5.3). Several replicas share
  // it, and the writes' pace.
  std::size_t max_in_flight = 100;
  // How many replicas there are, at least 1: short, called under a lock.
  std::function<std::size_t()> replicas = [] { return std::size_t(1); };
  // GitHub asks for a second or more between writes (§5.7).
  Duration write_interval = std::chrono::seconds(1);
  // For a place or a turn, within the caller's own deadline.
  Duration max_wait = std::chrono::seconds(10);
  // Of one installation; more than what comes through in max_wait would wait in vain.
  std::size_t max_waiting = 1000;
  // Of those, of one caller: one alone does not fill the queue.
  std::size_t max_waiting_of_caller = 500;
  // Remembered, a few hundred bytes each. An App with more is served all the same; it forgets the ones
  // unused for longest.
  std::size_t max_installations = 10'000;
};

// In the order of the label `reason`.
enum class RateRefusal {
  kPrimary,    // used up
  kReserve,    // nearly used up, and this is background work
  kSecondary,  // GitHub holds the installation off
  kPace,       // a write whose turn would come too late
  kRoom,       // no place came free in time
  kQueue,      // too many wait already
  kCaller,     // too many of this caller's wait already
  kStopping,
};

// `rate_limited` with `limit` and `retry_after`: the first moment at which asking again makes sense, at least
// a second. `unavailable` for kStopping.
Error refused(RateRefusal reason, Duration wait);

}  // namespace hubwarden::github
