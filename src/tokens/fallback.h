#pragma once

// The static token that may stand in when the App cannot work. Pure but for what it holds.
// Source: docs/tokens.md, "Falling back to a static token".

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/names.h"
#include "tokens/scope.h"
#include "tokens/token.h"

namespace hubwarden::tokens {

// What a failure of the App says about standing in for it.
enum class StandIn {
  kNever,   // a passing trouble, or a bad request
  kAlways,  // the App cannot work: its key or id is refused, it is suspended or removed, there is none
  kUnlessInstalled,  // only if the App is not on the owner at all: else it was deliberately not given the
                     // repository
};

StandIn stand_in_for(const Error& error);

class Fallback {
 public:
  // `host` is the GitHub whose token it is. It is for no other: whoever names one that has no App must
  // neither get around the App nor carry the token there.
  Fallback(std::string host, TokenPtr token, std::vector<policy::Repository> repositories, bool allow_writes);

  const TokenPtr& token() const { return token_; }
  // It is that host, every repository is on the list, and nothing but reading is asked unless writes are
  // allowed.
  bool covers(std::string_view host, const std::vector<policy::Repository>& repositories,
              const PermissionSelection& permissions) const;

 private:
  std::string host_;
  TokenPtr token_;
  std::set<policy::Repository> repositories_;
  bool allow_writes_;
};

}  // namespace hubwarden::tokens
