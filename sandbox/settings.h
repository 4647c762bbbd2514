#pragma once

// What the control port may change while the sandbox runs. The defaults are GitHub's.

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "sandbox/app_jwt.h"

namespace hubwarden::sandbox {

// GitHub changed the form of its tokens in 2026; both are about.
enum class TokenFormat { kClassic, kStateless };

struct Settings {
  Duration token_lifetime = std::chrono::hours(1);
  TokenFormat token_format = TokenFormat::kClassic;
  // For how long a fresh token is not yet known everywhere, and what a request with it is answered: 401, 403
  // or 404 have all been seen.
  Duration replication_lag{};
  int replication_lag_status = 401;
  // GitHub's clock against ours: what `Date`, `expires_at` and the JWT check go by.
  Duration clock_skew{};
  QuotedIssuer quoted_issuer = QuotedIssuer::kAccept;
  // Per installation and hour.
  std::uint64_t rate_limit = 5000;
  // Per installation and minute.
  std::uint64_t search_rate_limit = 30;
  std::uint64_t code_search_rate_limit = 10;
  // Per address and hour, without credentials.
  std::uint64_t anonymous_rate_limit = 60;
  // So many bad credentials from one address within a minute close it for `failed_login_lockout`; 0: never.
  // GitHub does not publish its own number.
  std::uint64_t failed_login_limit = 0;
  Duration failed_login_lockout = std::chrono::minutes(1);
  // What a limit is answered: 403 or 429, as GitHub does both.
  int limit_status = 403;
  // Secondary limits of an installation: requests at the same time, points in a minute (1 for reading, 5 for
  // writing); 0: none. GitHub's are 100 and 900. Who exceeds one is locked out for a while.
  std::uint64_t secondary_concurrency = 0;
  std::uint64_t secondary_points = 0;
  Duration secondary_lockout = std::chrono::minutes(1);
  // For how long after an answer told of a limit requests may still have been on their way: later ones count
  // as sent to a closed bucket.
  Duration limit_notice{};
};

}  // namespace hubwarden::sandbox
