#pragma once

// Whether a request that failed at GitHub may be sent again, and after which pause. A pure decision.
// Source: docs/errors.md, "Asking again".
//
//   const FailedAttempt failed(http::Method::kGet, attempt, error, clock.steady_now(), deadline);
//   const std::optional<Duration> pause = pause_before_retry(failed, random);
//   if (!pause) co_return std::unexpected(error);
//
// Reads are repeated when GitHub was in trouble or the connection broke; writes only where GitHub certainly
// did not act: nothing of them went out, or it refused the token. Limits are not waited out here: the caller
// is told when. That a young token has not reached all of GitHub is the token engine's business.

#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "http/message.h"

namespace hubwarden::github {

struct FailedAttempt {
  FailedAttempt(http::Method method_, int number_, const Error& error_, SteadyPoint now_,
                SteadyPoint deadline_)
      : method(method_), number(number_), error(error_), now(now_), deadline(deadline_) {}

  http::Method method;
  int number;  // of this attempt, from 1
  const Error& error;
  SteadyPoint now;
  SteadyPoint deadline;
  // Whether the token of this attempt had replaced a refused one already: a second 401 is not repeated.
  bool is_with_new_token = false;
};

// Nothing: not again. Zero after a 401: at once, with another token.
std::optional<Duration> pause_before_retry(const FailedAttempt& failed, Random& random);

// The first included. With the pauses below about as long as GitHub's shorter troubles.
constexpr int kMaxAttempts = 4;
// A cut answer cannot be told from one that is too large: worth one more, not three.
constexpr int kMaxAttemptsWhenCut = 2;
// What an attempt needs at the least; with less left it is not begun.
constexpr Duration kLeastAttempt = std::chrono::milliseconds(250);

}  // namespace hubwarden::github
