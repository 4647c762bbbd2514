#pragma once

// What a token opens at this moment: REST and git go by the same check.

#include <expected>
#include <string_view>

#include "sandbox/state.h"

namespace hubwarden::sandbox {

enum class TokenFault {
  kUnknown,  // never issued
  kExpired,
  kRevoked,    // or its installation is gone
  kTooFresh,   // not yet replicated
  kSuspended,  // its installation is
};

struct Access {
  Token token;
  // The token's, as far as the installation still has them.
  Permissions permissions;

  bool reaches(const World& world, const Repository& repository) const;
  // A public repository may be read by everybody.
  bool may_see(const World& world, const Repository& repository) const;
};

std::expected<Access, TokenFault> check_token(const State& state, std::string_view text, TimePoint now);

// Counts a refusal for the control port; `is_git` tells the two fronts apart.
void count_refusal(Totals& totals, TokenFault fault, bool is_git);

}  // namespace hubwarden::sandbox
