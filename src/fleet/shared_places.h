#pragma once

// Where repositories are, in Redis: sealed, names unreadable. Redis away, slow or holding what we cannot
// read: nothing is known.
//
//   SharedPlaces places({redis, clock, random, metrics}, keys);
//
// A value is {"app":"12","host":"github.com","installation":7,"found_at":…,"renamed":42}, or a failure
// (failure_value.h), whose pause is over when the key ends. Source: docs/tokens.md, "Installation look-up".
// Threads: any.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "fleet/seal_keys.h"
#include "obs/metrics.h"
#include "redis/client.h"
#include "tokens/shared_places.h"

namespace hubwarden::fleet {

std::string place_value(const tokens::PlaceAnswer& answer);
// Nothing unless it is one. `not_before`: when a failure's pause is over.
std::optional<tokens::PlaceAnswer> read_place_value(std::string_view value, SteadyPoint not_before);

class SharedPlaces final : public tokens::SharedPlaces {
 public:
  struct Parts {
    redis::Client& redis;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
  };

  SharedPlaces(Parts parts, const SealKeys& keys);

  net::Task<std::optional<tokens::PlaceAnswer>> find(std::string key) override;
  net::Task<> keep(std::string key, tokens::PlaceAnswer answer, Duration for_how_long) override;

 private:
  enum class Looked { kHit, kMiss, kUnreadable, kFailed };

  std::optional<tokens::PlaceAnswer> opened(const std::string& name, const redis::Reply& lying) const;

  Parts parts_;
  const SealKeys& keys_;
  obs::CounterFamily& found_;
};

}  // namespace hubwarden::fleet
