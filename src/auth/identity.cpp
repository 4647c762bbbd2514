#include "auth/identity.h"

#include "jwt/attributes.h"

namespace hubwarden::auth {

net::Task<Result<Identity>> identify(AuthorityPtr authority, Secret jwt, const Clock& clock,
                                     SteadyPoint deadline) {
  const Result<jwt::RawJwt> raw = jwt::RawJwt::parse(jwt);
  if (!raw) co_return std::unexpected(raw.error());
  const auto issuer = authority->issuers.find(raw->claimed_issuer());
  if (issuer == authority->issuers.end()) {
    co_return fail(ErrorCode::kUnauthenticated, "the JWT is of an issuer that is not trusted here");
  }
  const TrustedIssuer& trusted = issuer->second;
  net::Task<Result<KeySetPtr>> asking = trusted.keys->for_token(*raw, deadline);
  const Result<KeySetPtr> keys = co_await std::move(asking);
  if (!keys) co_return std::unexpected(keys.error());
  Result<jwt::VerifiedJwt> verified = jwt::VerifiedJwt::from(*raw, **keys, trusted.expected, clock.now());
  if (!verified) co_return std::unexpected(verified.error());
  rules::Caller caller(trusted.name, jwt::attributes_of(*verified));
  co_return Identity(trusted, *std::move(verified), std::move(caller));
}

}  // namespace hubwarden::auth
