#include "apps/hubwarden/refresh_plan.h"

#include <algorithm>

namespace hubwarden::apps {

RefreshPlan::RefreshPlan(std::optional<TimePoint> expires_at, TimePoint now)
    : expires_at_(expires_at), pause_(half_of_rest(now)) {
}

Duration RefreshPlan::half_of_rest(TimePoint now) const {
  if (!expires_at_) return kLongest;
  return std::clamp<Duration>((*expires_at_ - now) / 2, kShortest, kLongest);
}

void RefreshPlan::renewed(std::optional<TimePoint> expires_at, TimePoint now) {
  expires_at_ = expires_at;
  retry_ = kFirstRetry;
  pause_ = half_of_rest(now);
}

void RefreshPlan::failed(TimePoint now) {
  // Sooner while there is something to lose; steadily when it is lost already.
  pause_ = is_over(now) ? retry_ : std::min(retry_, half_of_rest(now));
  retry_ = std::min(retry_ * 2, kLongestRetry);
}

}  // namespace hubwarden::apps
