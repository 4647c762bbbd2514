#pragma once

// A workload shows the JWT that its platform gave it, and has a session for it.
//
//   Result<OpenedSession> opened = co_await sessions.open(authority, std::move(jwt), deadline);
//   answer(opened->token, opened->session.expires_at);
//
// Threads: any.

#include <memory>

#include "auth/authority.h"
#include "auth/session.h"
#include "auth/session_tokens.h"
#include "auth/used_tokens.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/task.h"

namespace hubwarden::auth {

struct OpenedSession {
  OpenedSession(Session session_, Secret token_) : session(std::move(session_)), token(std::move(token_)) {}

  Session session;
  Secret token;
};

class Sessions {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    UsedTokens& used;
  };

  // All of `parts` outlive it.
  Sessions(Parts parts, SessionTokens tokens) : parts_(parts), tokens_(std::move(tokens)) {}

  // `unauthenticated` for a JWT that is not good, of an issuer that is not trusted, or that has begun a
  // session before; `forbidden` when no rule is for its holder.
  net::Task<Result<OpenedSession>> open(std::shared_ptr<const Authority> authority, Secret jwt,
                                        SteadyPoint deadline);
  // Who holds that session's token.
  Result<Session> read(const Secret& token) const { return tokens_.read(token, parts_.clock.now()); }

 private:
  Parts parts_;
  const SessionTokens tokens_;
};

}  // namespace hubwarden::auth
