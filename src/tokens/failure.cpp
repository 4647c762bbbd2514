#include "tokens/failure.h"

#include <algorithm>

namespace hubwarden::tokens {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Backoff kTransientPause = {milliseconds(500), seconds(30)};
constexpr Duration kPermanentPause = seconds(30);
// A limit that names no end: GitHub asks for at least a minute.
constexpr seconds kUnnamedLimit(60);

Duration pause_after(const Error& error, int consecutive, Random& random) {
  switch (kind_of(error.code())) {
    case FailureKind::kRateLimited: return error.retry_after().value_or(kUnnamedLimit);
    case FailureKind::kPermanent: return kPermanentPause;
    case FailureKind::kTransient: break;
  }
  // Maintenance names its end with Retry-After; nothing is won by asking before.
  const Duration asked_for = error.retry_after().value_or(seconds(0));
  return std::max(asked_for, kTransientPause.pause(consecutive, random));
}

}  // namespace

FailureKind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRateLimited: return FailureKind::kRateLimited;
    case ErrorCode::kUpstreamUnavailable:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kUpstreamProtocol:
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal: return FailureKind::kTransient;
    default: return FailureKind::kPermanent;
  }
}

Failure::Failure(Error error, int consecutive, SteadyPoint now, Random& random)
    : error_(std::move(error)),
      consecutive_(consecutive),
      not_before_(
          now + std::chrono::duration_cast<SteadyPoint::duration>(pause_after(error_, consecutive, random))) {
}

Error Failure::error(SteadyPoint now) const {
  const auto left = std::chrono::ceil<seconds>(not_before_ - now);
  Error error = error_;
  return std::move(error).with_retry_after(std::max(left, seconds(1)));
}

}  // namespace hubwarden::tokens
