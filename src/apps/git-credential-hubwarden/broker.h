#pragma once

// hubwarden as this program meets it: two requests.

#include <string>

#include "apps/git-credential-hubwarden/channel.h"
#include "apps/git-credential-hubwarden/question.h"
#include "apps/git-credential-hubwarden/settings.h"
#include "apps/git-credential-hubwarden/token_reply.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::git_credential {

class Broker {
 public:
  virtual ~Broker() = default;
  // A token for this repository of this host. One attempt; a refusal is hubwarden's own, `unavailable` is
  // ours.
  virtual Result<Token> ask(const Question& question, SteadyPoint deadline) = 0;
  // Tells that GitHub refused this very token.
  virtual Result<void> report(const Secret& token, SteadyPoint deadline) = 0;
};

// The real one: a connection for each request.
class RemoteBroker final : public Broker {
 public:
  // All outlive it.
  RemoteBroker(const Settings& settings, const Secret& bearer, const Clock& clock)
      : settings_(settings), bearer_(bearer), clock_(clock) {}

  Result<Token> ask(const Question& question, SteadyPoint deadline) override;
  Result<void> report(const Secret& token, SteadyPoint deadline) override;

 private:
  // The head of a request up to and with the blank line, then `body`.
  Secret request(std::string_view method, std::string_view tail, std::string_view body) const;

  const Settings& settings_;
  const Secret& bearer_;
  const Clock& clock_;
};

}  // namespace hubwarden::git_credential
