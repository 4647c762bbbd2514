#pragma once

// How often callers may ask, and how often an address may show credentials that nobody has.
//
//   if (const Result<> may = throttle.request(request); !may) …   // before anything else
//   if (const Result<> may = throttle.caller(who); !may) …        // once it is known who asks
//   return throttle.refused(request);                              // a credential was wrong
//
// In memory and of this process; addresses beyond kMaxAddresses push the least used out. Thread-safe.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "auth/bearer.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/lru.h"
#include "base/rate.h"
#include "base/text.h"
#include "http/client_address.h"
#include "http/handler.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace hubwarden::delivery {

// Without a rate: no limit.
struct ThrottleRates {
  std::optional<PerMinute> caller;    // requests of one workspace or session
  std::optional<PerMinute> address;   // requests from one address
  std::optional<PerMinute> failures;  // wrong credentials from one address
};

class Throttle {
 public:
  static constexpr std::size_t kMaxAddresses = 100'000;

  struct Parts {
    const Clock& clock;
    obs::Log& log;
    obs::Metrics& metrics;
  };
  Throttle(Parts parts, ThrottleRates rates, http::TrustedProxies proxies);

  Result<> request(const http::Request& request);
  Result<> caller(const auth::Principal& who);

  // Whether a credential that could be guessed may be looked at: not when too many from there were wrong.
  Result<> may_try(const http::Request& request);
  // What a request with a wrong credential is answered: `wrong`, or that there were too many from its
  // address, against which it counts.
  Error refused(const http::Request& request, Error wrong = auth::unauthenticated());

 private:
  struct Address;
  enum By : std::size_t { kByCaller, kByAddress, kByFailures };

  std::shared_ptr<Address> address_of(const http::Request& request);
  Error too_many(By by, Duration wait);

  Parts parts_;
  const ThrottleRates rates_;
  const http::TrustedProxies proxies_;
  ShardedLru<std::string, std::shared_ptr<Address>, TextHash> addresses_;
  obs::CounterFamily& throttled_;
  obs::Counter& failures_;
};

}  // namespace hubwarden::delivery
