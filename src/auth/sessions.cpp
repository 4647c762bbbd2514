#include "auth/sessions.h"

#include <algorithm>
#include <utility>

#include "jwt/attributes.h"
#include "rules/grant.h"
#include "rules/session_terms.h"

namespace hubwarden::auth {
namespace {

TimePoint later(TimePoint from, Duration by) {
  return from + std::chrono::duration_cast<TimePoint::duration>(by);
}

}  // namespace

net::Task<Result<OpenedSession>> Sessions::open(std::shared_ptr<const Authority> authority, Secret jwt,
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
  const TimePoint now = parts_.clock.now();
  const Result<jwt::VerifiedJwt> verified = jwt::VerifiedJwt::from(*raw, **keys, trusted.expected, now);
  if (!verified) co_return std::unexpected(verified.error());

  rules::Caller caller(trusted.name, jwt::attributes_of(*verified));
  const rules::Grant grant = rules::Grant::of(authority->rules, caller);
  const Result<rules::SessionGift> gift = rules::session_of(grant);
  if (!gift) co_return std::unexpected(gift.error());
  // Last, so that nothing that is refused uses the token up. Its leeway is over then, too.
  const TimePoint forgotten = later(verified->expires_at(), jwt::VerifiedJwt::kLeeway);
  net::Task<bool> using_up = parts_.used.is_first(verified->digest(), forgotten);
  const bool is_first = co_await std::move(using_up);
  if (!is_first) {
    co_return fail(ErrorCode::kUnauthenticated,
                   "the JWT has begun a session before; ask its issuer for another");
  }
  Session session(SessionId(parts_.random.next()), std::move(caller));
  session.agent = gift->agent;
  session.tenant = gift->tenant;
  session.issued_at = std::chrono::floor<std::chrono::seconds>(now);
  session.expires_at = later(session.issued_at, gift->ttl);
  session.renewable_until = verified->expires_at();
  Secret token = tokens_.issue(session);
  co_return OpenedSession(std::move(session), std::move(token));
}

}  // namespace hubwarden::auth
