#pragma once

// What is remembered of a mint that failed, and when the next one may be tried. Pure values.
// Source: docs/tokens.md, "After a failure".

#include "base/backoff.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

namespace hubwarden::tokens {

enum class FailureKind { kTransient, kRateLimited, kPermanent };

// Cut and garbled answers count as transient: the next one may well be whole.
FailureKind kind_of(ErrorCode code);

class Failure {
 public:
  // `consecutive` counts this one: 1 for the first after a success.
  Failure(Error error, int consecutive, SteadyPoint now, Random& random);
  // One that another replica has met.
  Failure(Error error, int consecutive, SteadyPoint not_before)
      : error_(std::move(error)), consecutive_(consecutive), not_before_(not_before) {}

  ErrorCode code() const { return error_.code(); }
  FailureKind kind() const { return kind_of(code()); }
  int consecutive() const { return consecutive_; }
  SteadyPoint not_before() const { return not_before_; }
  bool is_over(SteadyPoint now) const { return now >= not_before_; }
  const Error& cause() const { return error_; }
  // Whether it says nothing to other replicas: what never reached GitHub, or our own end.
  bool is_ours_alone() const {
    return error_.never_sent() || code() == ErrorCode::kUnavailable || code() == ErrorCode::kInternal;
  }
  // The same error, with the time that is left as retry_after (at least a second).
  Error error(SteadyPoint now) const;

 private:
  Error error_;
  int consecutive_;
  SteadyPoint not_before_;
};

}  // namespace hubwarden::tokens
