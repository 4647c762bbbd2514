#pragma once

// Who showed a JWT of one of the trusted issuers.
//
//   Result<Identity> who = co_await identify(authority, std::move(jwt), clock, deadline);
//   rules::Grant::of(authority->rules, who->caller) …
//
// Threads: any.

#include <utility>

#include "auth/authority.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "jwt/verified_jwt.h"
#include "net/task.h"
#include "rules/caller.h"

namespace hubwarden::auth {

struct Identity {
  Identity(const TrustedIssuer& issuer_, jwt::VerifiedJwt jwt_, rules::Caller caller_)
      : issuer(&issuer_), jwt(std::move(jwt_)), caller(std::move(caller_)) {}

  const TrustedIssuer* issuer;  // of the authority
  jwt::VerifiedJwt jwt;
  rules::Caller caller;
};

// `unauthenticated` for a JWT that is not good or of an issuer that is not trusted; `upstream_unavailable`
// when the issuer's keys cannot be had.
net::Task<Result<Identity>> identify(AuthorityPtr authority, Secret jwt, const Clock& clock,
                                     SteadyPoint deadline);

}  // namespace hubwarden::auth
