#pragma once

// From a grant and a query to what may be asked of the token service: the decision of the token routes. Pure.
//
// The query can only narrow: what it names must lie within the grant.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "policy/names.h"
#include "policy/permissions.h"
#include "tokens/service.h"

namespace hubwarden::delivery {

// What a caller may have. Views: valid for the call.
struct TokenGrant {
  std::string_view host;                                            // where a query that names none means
  std::optional<std::span<const policy::Repository>> repositories;  // nothing: any (the operator)
  const policy::PermissionSet* permissions = nullptr;  // null: all that the App has (the operator)
  std::optional<InstallationId> installation;          // the configured one (the operator)
};

// docs/http-api.md, "Handing out tokens". Errors: `invalid_request`, and `forbidden` naming what lies
// outside.
Result<tokens::TokenAsk> token_ask(const TokenGrant& grant, std::string_view query);

}  // namespace hubwarden::delivery
