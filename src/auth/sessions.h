#pragma once

// A workload shows the JWT that its platform gave it, has a session for it, and asks with that from then on.
//
//   Result<OpenedSession> opened = co_await sessions.open(std::move(jwt), deadline);
//   Result<SessionPtr> who = sessions.authenticate(bearer);
//   Result<OpenedSession> longer = sessions.renew(**who);
//
// All of it by one authority: a reload makes another one of these. Threads: any.

#include <memory>
#include <optional>
#include <string_view>

#include "auth/authority.h"
#include "auth/session.h"
#include "auth/session_principal.h"
#include "auth/session_tokens.h"
#include "auth/used_tokens.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/lru.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "net/task.h"

namespace hubwarden::auth {

struct OpenedSession {
  OpenedSession(Session session_, Secret token_) : session(std::move(session_)), token(std::move(token_)) {}

  Session session;
  Secret token;
};

using SessionPtr = std::shared_ptr<const SessionPrincipal>;

class Sessions {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    UsedTokens& used;
  };

  // All of `parts` outlive it. Without keys, as without a policy, there are no sessions.
  Sessions(Parts parts, AuthorityPtr authority, std::optional<SessionTokens> tokens);

  // `unauthenticated` for a JWT that is not good, of an issuer that is not trusted, or that has begun a
  // session before; `forbidden` when no rule is for its holder; `not_configured` without a policy.
  net::Task<Result<OpenedSession>> open(Secret jwt, SteadyPoint deadline);
  // The same session for as long again, as the rules are now. `unauthenticated` once the workload's own
  // credential has ended: a new one begins a new session.
  Result<OpenedSession> renew(const SessionPrincipal& who) const;

  // Who holds that session's token; `unauthenticated`. Signatures are verified once and remembered.
  Result<SessionPtr> authenticate(std::string_view bearer) const;

  const AuthorityPtr& authority() const { return authority_; }

  // Of sessions that are remembered: those that are forgotten cost 0.2 ms to verify again.
  static constexpr std::size_t kMaxRemembered = 50'000;

 private:
  // Digests are random already: any eight bytes of one are a hash.
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const noexcept;
  };

  Result<> is_possible() const;
  Result<OpenedSession> issue(Session session, const rules::Grant& grant) const;

  Parts parts_;
  const AuthorityPtr authority_;
  const std::optional<SessionTokens> tokens_;
  mutable ShardedLru<crypto::Digest, SessionPtr, DigestHash> known_;
};

}  // namespace hubwarden::auth
