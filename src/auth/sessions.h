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
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/authority.h"
#include "auth/identity.h"
#include "auth/revocation_index.h"
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

// What somebody is to have of a session, or of a cut of it.
struct CutWish {
  explicit CutWish(std::vector<policy::Repository> repositories_) : repositories(std::move(repositories_)) {}

  std::vector<policy::Repository> repositories;
  std::vector<std::string> operations;
  std::optional<policy::PermissionSet> token;
  std::optional<policy::BudgetLimits> budget;
  Duration life = std::chrono::minutes(15);
};

using SessionPtr = std::shared_ptr<const SessionPrincipal>;

class Sessions {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    UsedTokens& used;
    const RevocationIndex& revoked;
  };

  // All of `parts` outlive it. Without keys, as without a policy, there are no sessions.
  Sessions(Parts parts, AuthorityPtr authority, std::optional<SessionTokens> tokens);

  // `unauthenticated` for a JWT that is not good, of an issuer that is not trusted, or that has begun a
  // session before; `forbidden` when no rule is for its holder or its agent was stopped; `not_configured`
  // without a policy.
  net::Task<Result<OpenedSession>> open(Secret jwt, SteadyPoint deadline);
  // The same in two steps: who it is, and whether there is a session for them.
  net::Task<Result<Identity>> recognise(Secret jwt, SteadyPoint deadline) const;
  net::Task<Result<OpenedSession>> begin(Identity who);
  // The same session for as long again, as the rules are now. `unauthenticated` once the workload's own
  // credential has ended: a new one begins a new session.
  Result<OpenedSession> renew(const SessionPrincipal& who) const;

  // A narrower credential, which can be cut again, and ends with what it was cut from at the latest: with the
  // workload's own credential, or the cut before. `invalid_request` for a wish that makes no sense.
  Result<OpenedSession> cut(const SessionPrincipal& who, CutWish wish) const;

  // Who holds that session's token; `unauthenticated`. Signatures are verified once and remembered.
  Result<SessionPtr> authenticate(std::string_view bearer) const;

  // Who that session is now, of which there is a record and not its token: by the rules as they are, and only
  // while it could live, renewed. `unauthenticated` when it has ended or was revoked, `forbidden` for whoever
  // was stopped.
  Result<SessionPtr> revive(Session session) const;

  const AuthorityPtr& authority() const { return authority_; }

  // Of sessions that are remembered: those that are forgotten cost 0.2 ms to verify again.
  static constexpr std::size_t kMaxRemembered = 50'000;

 private:
  // Digests are random already: any eight bytes of one are a hash.
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const noexcept;
  };

  Result<> is_possible() const;
  rules::Grant grant_of(const Session& session) const;
  Result<OpenedSession> issue(Session session, const rules::Grant& grant) const;

  Parts parts_;
  const AuthorityPtr authority_;
  const std::optional<SessionTokens> tokens_;
  mutable ShardedLru<crypto::Digest, SessionPtr, DigestHash> known_;
};

}  // namespace hubwarden::auth
