#include "sandbox/access.h"

namespace hubwarden::sandbox {

bool Access::reaches(const World& world, const Repository& repository) const {
  const Installation* installation = world.installation(token.installation);
  return installation && world.reaches(*installation, repository) &&
         (!token.repositories || token.repositories->contains(repository.id));
}

bool Access::may_see(const World& world, const Repository& repository) const {
  return !repository.is_private || reaches(world, repository);
}

std::expected<Access, TokenFault> check_token(const State& state, std::string_view text, TimePoint now) {
  const Token* token = state.tokens.find(text);
  if (!token) return std::unexpected(TokenFault::kUnknown);
  const Installation* installation = state.world.installation(token->installation);
  if (token->revoked || !installation) return std::unexpected(TokenFault::kRevoked);
  if (now >= token->expires_at) return std::unexpected(TokenFault::kExpired);
  if (now <
      token->issued_at + std::chrono::duration_cast<TimePoint::duration>(state.settings.replication_lag)) {
    return std::unexpected(TokenFault::kTooFresh);
  }
  if (installation->suspended_at) return std::unexpected(TokenFault::kSuspended);
  Permissions permissions = common(token->permissions, installation->permissions);
  permissions.emplace("metadata", Level::kRead);
  return Access{*token, std::move(permissions)};
}

void count_refusal(Totals& totals, TokenFault fault, bool is_git) {
  switch (fault) {
    case TokenFault::kUnknown: ++totals.bad_credentials; break;
    case TokenFault::kTooFresh: ++totals.requests_within_replication_lag; break;
    case TokenFault::kExpired:
      ++(is_git ? totals.git_requests_with_expired_token : totals.rest_requests_with_expired_token);
      break;
    case TokenFault::kRevoked:
      ++(is_git ? totals.git_requests_with_revoked_token : totals.rest_requests_with_revoked_token);
      break;
    case TokenFault::kSuspended: break;
  }
}

}  // namespace hubwarden::sandbox
