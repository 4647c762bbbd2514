#pragma once

// Where tokens come from on hosts without an App.

#include <string_view>

#include "tokens/token.h"

namespace hubwarden::tokens {

struct TokenAsk;

class OtherSource {
 public:
  virtual ~OtherSource() = default;
  virtual bool has_tokens_for(std::string_view host) const = 0;
  // Never one that has ended. `not_configured` when it has none for this.
  virtual net::Task<Result<TokenPtr>> token(TokenAsk ask, SteadyPoint deadline) = 0;
};

}  // namespace hubwarden::tokens
