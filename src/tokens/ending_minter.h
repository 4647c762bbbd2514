#pragma once

// A minter whose tokens end when their scope says: told so, and promised to whatever ends them, before
// anybody has them.
//
//   EndingMinter minter(upstream, ends);
//   Result<Minted> minted = co_await minter.mint(scope, context);   // expires_at: scope.life() after the
//   mint
//
// Scopes without a life go through as they are. Both outlive it; threads: any.

#include "tokens/minter.h"
#include "tokens/token_ends.h"

namespace hubwarden::tokens {

class EndingMinter final : public Minter {
 public:
  EndingMinter(Minter& minter, TokenEnds& ends) : minter_(minter), ends_(ends) {}

  // `unavailable`, too, when more tokens wait for their end than are kept: nothing is minted then.
  net::Task<Result<Minted>> mint(Scope scope, http::CallContext context) override;

 private:
  Minter& minter_;
  TokenEnds& ends_;
};

}  // namespace hubwarden::tokens
