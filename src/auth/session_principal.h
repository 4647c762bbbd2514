#pragma once

// A workload that showed its session's token, or somebody who has a cut of it. Its grant is by the policy
// that is in force where it asks.

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "auth/principal.h"
#include "auth/session.h"

namespace hubwarden::auth {

class SessionPrincipal final : public Principal {
 public:
  SessionPrincipal(Session session, rules::Grant grant)
      : session_(std::move(session)), grant_(std::move(grant)) {}

  PrincipalKind kind() const override { return PrincipalKind::kSession; }
  std::string name() const override {
    return session_.cuts.empty() ? "session " + to_text(session_.id)
                                 : "grant " + to_text(session_.cuts.back().id);
  }
  // That of the authority by which the session was read.
  rules::Grant grant(const Authority&) const override { return grant_; }
  std::span<const policy::Repository> repositories() const override {
    if (session_.cuts.empty()) return {};
    return session_.cuts.back().repositories;
  }
  const Session* session() const override { return &session_; }
  RateMeter* meter() const override { return &meter_; }

 private:
  Session session_;
  rules::Grant grant_;
  mutable RateMeter meter_;
};

}  // namespace hubwarden::auth
