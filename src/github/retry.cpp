#include "github/retry.h"

#include "base/backoff.h"

namespace hubwarden::github {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Backoff kPause = {milliseconds(400), seconds(4)};
constexpr int kUnauthorized = 401;

bool is_read(http::Method method) {
  return method == http::Method::kGet || method == http::Method::kHead;
}

int attempts_for(const FailedAttempt& failed) {
  const Error& error = failed.error;
  switch (error.code()) {
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout: return is_read(failed.method) || error.never_sent() ? kMaxAttempts : 1;
    case ErrorCode::kUpstreamProtocol:
      // With a status it is GitHub's whole answer, and would be the same again.
      return is_read(failed.method) && !error.upstream_status() ? kMaxAttemptsWhenCut : 1;
    case ErrorCode::kUpstreamAuth:
      return error.upstream_status() == kUnauthorized && !failed.is_with_new_token ? kMaxAttempts : 1;
    default: return 1;
  }
}

}  // namespace

std::optional<Duration> pause_before_retry(const FailedAttempt& failed, Random& random) {
  if (failed.number >= attempts_for(failed)) return std::nullopt;
  Duration pause = Duration::zero();
  if (failed.error.code() != ErrorCode::kUpstreamAuth) {
    // On top of what GitHub asks for, so that those who are told the same do not come back together.
    pause = failed.error.retry_after().value_or(seconds(0)) + kPause.pause(failed.number, random);
  }
  const Duration left = failed.deadline - failed.now;
  if (pause + kLeastAttempt > left) return std::nullopt;
  return pause;
}

}  // namespace hubwarden::github
