#pragma once

// Who is believed, and what they may do, across reloads: the way to the issuers, the keys that they told,
// which JWTs were used, what rules' callers have spent.
//
//   IdentitySide identity(config, parts);
//   Result<std::shared_ptr<auth::Sessions>> sessions = identity.sessions_of(config);   // by that policy
//   co_await identity.stop();
//
// Called from the main thread alone; what it hands out, from any.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/issuer_keys.h"
#include "auth/rule_budgets.h"
#include "auth/sessions.h"
#include "auth/used_tokens.h"
#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "http/curl_client.h"
#include "net/loops.h"
#include "net/timers.h"
#include "obs/log.h"

namespace hubwarden::apps {

class IdentitySide {
 public:
  struct Parts {
    const Clock& clock;
    net::Timers& timers;
    Random& random;
    const net::Loops& loops;
    obs::Log& log;
    auth::UsedTokens& used;
    auth::Budgets& budgets;
    const auth::RevocationIndex& revoked;
  };

  // All of `parts` outlive it.
  explicit IdentitySide(const Parts& parts);
  ~IdentitySide();

  // Keys that an issuer has told stay known, unless it is reached in another way now. `not_configured` when
  // the sessions' keys cannot be had.
  Result<std::shared_ptr<auth::Sessions>> sessions_of(const config::Config& config);
  auth::RuleBudgets& budgets() { return budgets_; }
  // As issuers are reached; until stop().
  http::Client& client_for(const config::Outbound& outbound) { return reached_by(outbound).client; }

  // Once nobody has its sessions any more.
  net::Task<> stop();

 private:
  // Issuers as they are reached by one configuration.
  struct Reached {
    Reached(config::Outbound outbound_, const Parts& parts);
    config::Outbound outbound;
    http::CurlClient client;
    // By the issuer's URL, and whether it may be in the own network.
    std::map<std::pair<std::string, bool>, std::shared_ptr<auth::IssuerKeys>> keys;
  };

  Reached& reached_by(const config::Outbound& outbound);
  auth::AuthorityPtr authority_of(const config::Config& config);
  std::shared_ptr<auth::KeySource> keys_of(const config::Issuer& issuer, const config::Config& config);

  Parts parts_;
  auth::RuleBudgets budgets_;
  std::vector<std::unique_ptr<Reached>> reached_;  // the last one is the present one
};

}  // namespace hubwarden::apps
