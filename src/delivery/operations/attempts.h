#pragma once

// What follows when GitHub refuses a request, or does not answer it: a state machine for one request with one
// scope.
//
//   Attempts attempts(http::Method::kGet, deadline);
//   const Attempts::Step step = attempts.refused(error, lag_pause, clock.steady_now(), random);
//   if (step.next == Attempts::Next::kGiveUp) co_return std::unexpected(error);
//   co_await net::sleep_until(timers, now + step.pause);
//
// A token that has just been minted is given the time to reach all of GitHub before anything is concluded; a
// dead one is replaced once; trouble is sat out as github/retry.h says. Sources: docs/tokens.md,
// docs/errors.md. Pure.

#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "http/message.h"

namespace hubwarden::delivery {

class Attempts {
 public:
  enum class Next { kGiveUp, kRepeat, kRepeatWithNewToken };
  struct Step {
    Step(Next next_, Duration pause_) : next(next_), pause(pause_) {}
    Next next;
    Duration pause;
  };
  // The pause for the n-th repetition with a young token (tokens::TokenService::lag_pause).
  using LagPause = std::function<std::optional<Duration>(int attempt)>;

  Attempts(http::Method method, SteadyPoint deadline) : method_(method), deadline_(deadline) {}

  Step refused(const Error& error, const LagPause& lag_pause, SteadyPoint now, Random& random);

 private:
  bool fits(Duration pause, SteadyPoint now) const;

  http::Method method_;
  SteadyPoint deadline_;
  int attempts_ = 0;
  int with_young_token_ = 0;
  bool has_new_token_ = false;
};

}  // namespace hubwarden::delivery
