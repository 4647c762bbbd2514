#pragma once

// A JWT whose signature, issuer, audience and times are good: its claims can be believed.
//
//   const Expected expected("https://token.actions.githubusercontent.com", "hubwarden");
//   Result<VerifiedJwt> jwt = VerifiedJwt::from(*raw, keys, expected, clock.now());
//   jwt->claims(), jwt->expires_at() …
//
// Immutable; from any thread.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "crypto/digest.h"
#include "jwt/raw_jwt.h"

namespace hubwarden::jwt {

// What the issuer's configuration says.
struct Expected {
  Expected(std::string issuer_, std::string audience_)
      : issuer(std::move(issuer_)), audience(std::move(audience_)) {}

  std::string issuer;    // `iss`, to the letter
  std::string audience;  // one of `aud`
};

class VerifiedJwt {
 public:
  // `unauthenticated`, with the first thing that is wrong. Required: `iss`, `sub`, `aud`, `exp`. Times have
  // kLeeway, for clocks that differ.
  static Result<VerifiedJwt> from(const RawJwt& raw, const KeySet& keys, const Expected& expected,
                                  TimePoint now);

  const std::string& issuer() const { return issuer_; }
  const std::string& subject() const { return subject_; }
  TimePoint expires_at() const { return expires_at_; }
  const boost::json::object& claims() const { return claims_; }
  // Of the whole token: the same one again is known by it.
  const crypto::Digest& digest() const { return digest_; }

  static constexpr Duration kLeeway = std::chrono::seconds(30);
  static constexpr std::size_t kMaxSubject = 1024;  // bytes
  // In 2255: a TimePoint counts nanoseconds, and ends seven years later.
  static constexpr std::int64_t kLastSecond = 9'000'000'000;

 private:
  VerifiedJwt() = default;
  Result<> read_parties(const Expected& expected);
  Result<> read_times(TimePoint now);

  boost::json::object claims_;
  std::string issuer_;
  std::string subject_;
  TimePoint expires_at_;
  crypto::Digest digest_{};
};

}  // namespace hubwarden::jwt
