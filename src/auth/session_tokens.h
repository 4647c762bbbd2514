#pragma once

// A session as its holder has it: a JWT that hubwarden signs, and that every replica with the same keys
// verifies without a database.
//
//   const SessionTokens tokens(materials);              // the first one signs, all of them verify
//   const Secret token = tokens.issue(session);
//   Result<Session> same = tokens.read(token, clock.now());
//
// Its type, issuer and audience are hubwarden's own: no workload's JWT passes for a session, and no session
// for a workload's JWT. Immutable; from any thread.

#include <string>
#include <vector>

#include "auth/session.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/ed25519_key.h"
#include "jwt/key_set.h"

namespace hubwarden::auth {

class SessionTokens {
 public:
  // Secrets of any form, hard to guess: the keys are derived from them. At least one; none is empty.
  explicit SessionTokens(const std::vector<Secret>& materials);

  Secret issue(const Session& session) const;
  // `unauthenticated` unless it was issued with one of the keys and has not ended.
  Result<Session> read(const Secret& token, TimePoint now) const;

 private:
  crypto::Ed25519Key signing_;
  std::string key_id_;
  jwt::KeySet verifying_;
};

}  // namespace hubwarden::auth
