#include "providers/registry.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hubwarden::providers {
namespace {

Error of_provider(std::string_view name, const Error& error) {
  Error named(error.code(), "provider '" + std::string(name) + "': " + error.message());
  named = std::move(named).with_fix(error.fix()).with_detail(error.detail());
  if (error.retry_after()) named = std::move(named).with_retry_after(*error.retry_after());
  if (error.upstream_status()) named = std::move(named).with_upstream_status(*error.upstream_status());
  if (error.limit()) named = std::move(named).with_limit(*error.limit());
  return named;
}

Error too_old(std::string_view name, const ProvidedToken& token, TimePoint now) {
  const bool has_ended = token.expires_at <= now;
  Error error(ErrorCode::kUnavailable, has_ended ? "it gave a token that has expired"
                                                 : "it gave a token that lives shorter than was asked for");
  return of_provider(name, std::move(error).with_fix(Fix::kOperator));
}

}  // namespace

void Registry::add(ProviderPtr provider) {
  if (!provider) return;
  auto guard = list_.write();
  std::vector<ProviderPtr> more = **guard;
  more.push_back(std::move(provider));
  *guard = std::make_shared<const std::vector<ProviderPtr>>(std::move(more));
}

net::Task<Result<BootEnvironment>> Registry::environment(BootingWorkspace workspace,
                                                         SteadyPoint deadline) const {
  const List providers = list();
  BootEnvironment environment;
  for (const ProviderPtr& provider : *providers) {
    Result<BootEnvironment> after = co_await provider->add_to(std::move(environment), workspace, deadline);
    if (!after) co_return std::unexpected(of_provider(provider->name(), after.error()));
    environment = std::move(*after);
  }
  co_return std::move(environment);
}

ProviderPtr Registry::token_provider(std::string_view host) const {
  const List providers = list();
  const auto found = std::ranges::find_if(*providers, [host](const ProviderPtr& provider) {
    const TokenProvider* const tokens = provider->token_provider();
    return tokens != nullptr && tokens->has_tokens_for(host);
  });
  return found == providers->end() ? nullptr : *found;
}

net::Task<Result<ProvidedToken>> Registry::token(TokenWish wish, SteadyPoint deadline) const {
  const ProviderPtr provider = token_provider(wish.host);
  if (!provider) co_return fail(ErrorCode::kNotConfigured, "no provider has tokens for " + wish.host);
  const Duration min_ttl = wish.min_ttl;
  Result<ProvidedToken> token = co_await provider->token_provider()->token(std::move(wish), deadline);
  if (!token) co_return std::unexpected(of_provider(provider->name(), token.error()));
  const TimePoint now = clock_.now();
  const auto life = std::chrono::duration_cast<TimePoint::duration>(min_ttl);
  if (token->expires_at <= now || token->expires_at - now < life) {
    co_return std::unexpected(too_old(provider->name(), *token, now));
  }
  co_return std::move(token);
}

}  // namespace hubwarden::providers
