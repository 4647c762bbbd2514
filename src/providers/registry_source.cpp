#include "providers/registry_source.h"

#include <algorithm>

#include "crypto/fingerprint.h"
#include "tokens/service.h"

namespace hubwarden::providers {

bool RegistrySource::has_tokens_for(std::string_view host) const {
  return registry_.token_provider(host) != nullptr;
}

net::Task<Result<tokens::TokenPtr>> RegistrySource::token(tokens::TokenAsk ask, SteadyPoint deadline) {
  const Duration min_ttl = std::max(ask.min_ttl, floor_);
  TokenWish wish(std::move(ask.host), std::move(ask.repositories), ask.permissions.set(), min_ttl);
  const Result<ProvidedToken> token = co_await registry_.token(std::move(wish), deadline);
  if (!token) co_return std::unexpected(token.error());
  tokens::TokenFacts facts;
  facts.source = tokens::TokenSource::kPlugin;
  facts.minted_at = clock_.now();
  facts.expires_at = token->expires_at;
  std::string fingerprint = crypto::fingerprint(token->value).text();
  co_return std::make_shared<const tokens::Token>(token->value, std::move(fingerprint), facts);
}

}  // namespace hubwarden::providers
