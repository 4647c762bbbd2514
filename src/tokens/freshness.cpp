#include "tokens/freshness.h"

#include <algorithm>
#include <array>

namespace hubwarden::tokens {

using std::chrono::milliseconds;
using std::chrono::seconds;

Thresholds Thresholds::scaled_to(Duration lifetime) const {
  Thresholds scaled;
  scaled.refresh_ahead = std::min(refresh_ahead, lifetime / 3);
  scaled.refresh_before_use = std::min(refresh_before_use, lifetime / 6);
  scaled.floor = std::min(floor, lifetime / 30);
  return scaled;
}

Freshness freshness(const Lifespan& token, TimePoint now, const Thresholds& thresholds, Duration min_ttl) {
  if (token.expires_at == TimePoint::max()) return Freshness::kFresh;
  const Duration lifetime = token.expires_at - token.minted_at;
  const Thresholds limits = thresholds.scaled_to(lifetime);
  const Duration remaining = token.remaining(now);
  // 55 of 60 minutes: a token that was just minted must satisfy every wish.
  const Duration wished = std::min({min_ttl, kMostMinTtl, lifetime / 12 * 11});
  if (remaining < limits.floor) return Freshness::kDead;
  if (remaining < std::max(limits.refresh_before_use, wished)) return Freshness::kRefreshFirst;
  if (remaining < limits.refresh_ahead) return Freshness::kRefreshAhead;
  return Freshness::kFresh;
}

Duration refresh_ahead_with_jitter(Duration refresh_ahead, double jitter) {
  return std::chrono::duration_cast<Duration>(refresh_ahead * (0.9 + 0.2 * jitter));
}

std::optional<Duration> replication_pause(Duration age, int attempt) {
  constexpr Duration kWindow = seconds(10);
  constexpr std::array<Duration, 4> kPauses = {milliseconds(250), milliseconds(500), seconds(1), seconds(2)};
  if (age >= kWindow || attempt < 1) return std::nullopt;
  return kPauses[std::min<std::size_t>(static_cast<std::size_t>(attempt) - 1, kPauses.size() - 1)];
}

}  // namespace hubwarden::tokens
