#include "apps/git-credential-hubwarden/attempts.h"

#include <algorithm>

namespace hubwarden::git_credential {

Attempts::Attempts(Patience patience, SteadyPoint start, Fallback fallback)
    : patience_(patience),
      fallback_(fallback),
      deadline_(start + (fallback == Fallback::kAtHand ? patience.with_fallback : patience.total)),
      pause_(patience.first_pause) {
}

std::optional<SteadyPoint> Attempts::next(const Error& failure, SteadyPoint now, Random& random) {
  if (fallback_ == Fallback::kAtHand || failure.fix() != Fix::kWait) return std::nullopt;
  // Between half and the whole: many waiting at once do not come back at once.
  const auto half = pause_.count() / 2;
  Duration pause(half + static_cast<Duration::rep>(random.unit() * static_cast<double>(half)));
  pause_ = std::min(pause_ * 2, patience_.longest_pause);
  if (failure.retry_after()) pause = std::max<Duration>(pause, *failure.retry_after());
  const SteadyPoint again = now + pause;
  if (again + patience_.least_attempt > deadline_) return std::nullopt;
  return again;
}

}  // namespace hubwarden::git_credential
