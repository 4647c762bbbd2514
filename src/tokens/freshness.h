#pragma once

// The three thresholds, and the one rule that reads them. Pure: `now` is an argument.
// Source: docs/tokens.md, "Three thresholds, one rule".

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace hubwarden::tokens {

struct Thresholds {
  Duration refresh_ahead = std::chrono::minutes(10);
  Duration refresh_before_use = std::chrono::minutes(5);
  Duration floor = std::chrono::seconds(60);

  // Capped at 1/3, 1/6 and 1/30 of the token's lifetime, so that a short-lived one is not minted for every
  // request.
  Thresholds scaled_to(Duration lifetime) const;
};

struct Lifespan {
  TimePoint minted_at;
  TimePoint expires_at;
  Duration remaining(TimePoint now) const { return expires_at - now; }
};

enum class Freshness {
  kFresh,         // serve
  kRefreshAhead,  // serve at once; one refresh in the background
  kRefreshFirst,  // refresh, and serve it stale if that fails transiently
  kDead,          // never served
};

// A caller may ask for more life than the thresholds give; at most 55 minutes of an hour, in proportion for
// others.
constexpr Duration kMostMinTtl = std::chrono::minutes(55);

Freshness freshness(const Lifespan& token, TimePoint now, const Thresholds& thresholds,
                    Duration min_ttl = Duration::zero());

// How long before its end a token in use is refreshed in the background. `jitter` is in [0, 1): replicas and
// scopes spread over ±10 % and do not align.
Duration refresh_ahead_with_jitter(Duration refresh_ahead, double jitter);

// A token minted at `minted_at` may not have reached all of GitHub yet: how long to pause before the request
// is repeated for the `attempt`th time (from 1), or nothing when the answer is to be believed.
std::optional<Duration> replication_pause(Duration age, int attempt);

}  // namespace hubwarden::tokens
