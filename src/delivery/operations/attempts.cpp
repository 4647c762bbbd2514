#include "delivery/operations/attempts.h"

#include "github/answers.h"
#include "github/retry.h"

namespace hubwarden::delivery {

bool Attempts::fits(Duration pause, SteadyPoint now) const {
  return now + std::chrono::duration_cast<SteadyPoint::duration>(pause + github::kLeastAttempt) <= deadline_;
}

Attempts::Step Attempts::refused(const Error& error, const LagPause& lag_pause, SteadyPoint now,
                                 Random& random) {
  if (github::may_be_replication_lag(error)) {
    const std::optional<Duration> pause = lag_pause(with_young_token_ + 1);
    if (pause && fits(*pause, now)) {
      ++with_young_token_;
      return {Next::kRepeat, *pause};
    }
  }
  github::FailedAttempt failed(method_, ++attempts_, error, now, deadline_);
  failed.is_with_new_token = has_new_token_;
  const std::optional<Duration> pause = github::pause_before_retry(failed, random);
  if (!pause) return {Next::kGiveUp, Duration::zero()};
  if (error.upstream_status() != 401) return {Next::kRepeat, *pause};
  has_new_token_ = true;
  return {Next::kRepeatWithNewToken, *pause};
}

}  // namespace hubwarden::delivery
