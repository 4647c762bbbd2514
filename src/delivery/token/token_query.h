#pragma once

// From a query to what may be asked of the token service: the decision of the token routes. Pure.
//
//   TokenTerms terms(*who, gate.grant_of(*who), "github.com");
//   Result<AllowedToken> allowed = token_ask(terms, request.query());
//
// What the query leaves out is all that the caller may have.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/principal.h"
#include "base/error.h"
#include "base/ids.h"
#include "rules/decision.h"
#include "rules/grant.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

// Who asks, and what is meant by what it leaves out. Views: valid for the call.
struct TokenTerms {
  TokenTerms(const auth::Principal& who_, rules::Grant grant_, std::string_view host_)
      : who(who_), grant(std::move(grant_)), host(host_) {}

  const auth::Principal& who;
  rules::Grant grant;
  std::string_view host;  // where a query that names none means
  // Of the operator, who may ask for all repositories of one.
  bool may_choose_installation = false;
  std::optional<InstallationId> installation;  // the configured one
  // Who hears what was asked for and decided; may be nobody.
  std::function<void(const rules::Ask&, const rules::Decision&)> hear;
};

struct AllowedToken {
  AllowedToken(tokens::TokenAsk ask_, rules::Decision decision_)
      : ask(std::move(ask_)), decision(std::move(decision_)) {}

  tokens::TokenAsk ask;
  rules::Decision decision;  // that allows it
};

// docs/http-api.md, "Handing out tokens". Errors: `invalid_request`, and `forbidden` naming what lies
// outside.
Result<AllowedToken> token_ask(const TokenTerms& terms, std::string_view query);

}  // namespace hubwarden::delivery
