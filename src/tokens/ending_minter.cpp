#include "tokens/ending_minter.h"

#include <boost/asio/this_coro.hpp>
#include <memory>
#include <utility>

namespace hubwarden::tokens {
namespace {

// The same token with an earlier end, in what callers are told as well.
TokenPtr ending_at(TimePoint end, const Token& token) {
  TokenFacts facts = token.facts();
  facts.expires_at = end;
  return std::make_shared<const Token>(Secret(token.reveal()), token.fingerprint(), facts, token.cover());
}

}  // namespace

net::Task<Result<Minted>> EndingMinter::mint(Scope scope, http::CallContext context) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const std::optional<Duration> life = scope.life();
  const AppRef app = scope.app();
  if (life && !ends_.has_room()) {
    co_return fail(ErrorCode::kUnavailable, "more tokens wait to be ended than hubwarden keeps track of");
  }
  Result<Minted> minted = co_await minter_.mint(std::move(scope), context);
  if (!minted || !life) co_return minted;
  const TokenPtr token = minted->token;
  const TimePoint end = token->facts().minted_at + std::chrono::duration_cast<TimePoint::duration>(*life);
  if (end >= token->expires_at()) co_return minted;
  ends_.add(Ending(app, Secret(token->reveal()), token->fingerprint(), end, token->expires_at()), executor);
  minted->token = ending_at(end, *token);
  co_return minted;
}

}  // namespace hubwarden::tokens
