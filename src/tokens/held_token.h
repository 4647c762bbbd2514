#pragma once

// A token in somebody's hands, and whose GitHub takes it.

#include <string>
#include <utility>

#include "tokens/token.h"

namespace hubwarden::tokens {

struct HeldToken {
  HeldToken(std::string host_, TokenPtr token_) : host(std::move(host_)), token(std::move(token_)) {}

  std::string host;
  TokenPtr token;
};

}  // namespace hubwarden::tokens
