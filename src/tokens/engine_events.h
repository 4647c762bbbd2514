#pragma once

// What the engine does, told as it happens: for logs, metrics and the ledger. Called from any loop; must not
// wait.

#include "base/error.h"
#include "tokens/scope.h"
#include "tokens/token.h"

namespace hubwarden::tokens {

class EngineEvents {
 public:
  virtual ~EngineEvents() = default;
  virtual void minted(const Scope&, const Token&, Duration /*took*/) {}
  virtual void mint_failed(const Scope&, const Error&) {}
  virtual void served_stale(const Scope&, const Token&) {}
  virtual void forgotten(const Scope&, const Token&) {}
};

}  // namespace hubwarden::tokens
