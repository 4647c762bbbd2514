#pragma once

// What everything between hubwarden and GitHub shares with the other replicas; or, alone, with nobody.

#include <cstddef>
#include <functional>
#include <string>

#include "base/clock.h"
#include "fleet/news.h"
#include "tokens/shared_cache.h"
#include "tokens/shared_ends.h"
#include "tokens/shared_holdings.h"
#include "tokens/shared_places.h"
#include "tokens/shared_sweep.h"

namespace hubwarden::apps {

struct FleetParts {
  FleetParts(tokens::SharedCache& tokens_, tokens::SharedSweep& sweep_, tokens::SharedHoldings& holdings_,
             tokens::SharedPlaces& places_, tokens::SharedEnds& ends_)
      : tokens(tokens_), sweep(sweep_), holdings(holdings_), places(places_), ends(ends_) {}

  tokens::SharedCache& tokens;
  tokens::SharedSweep& sweep;
  tokens::SharedHoldings& holdings;
  tokens::SharedPlaces& places;
  tokens::SharedEnds& ends;
  // Tells them; the time is that of the host.
  std::function<void(TimePoint, std::string host, fleet::Change)> tell = [](TimePoint, std::string,
                                                                            fleet::Change) {};
  std::function<std::size_t()> replicas = [] { return std::size_t(1); };
};

}  // namespace hubwarden::apps
