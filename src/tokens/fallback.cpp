#include "tokens/fallback.h"

#include <algorithm>

namespace hubwarden::tokens {

StandIn stand_in_for(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotConfigured:
    case ErrorCode::kInstallationSuspended: return StandIn::kAlways;
    // A clock that is wrong is put right, not worked around.
    case ErrorCode::kUpstreamAuth: return error.blames_clock() ? StandIn::kNever : StandIn::kAlways;
    case ErrorCode::kAppNotInstalled: return StandIn::kUnlessInstalled;
    default: return StandIn::kNever;
  }
}

Fallback::Fallback(std::string host, TokenPtr token, std::vector<policy::Repository> repositories,
                   bool allow_writes)
    : host_(std::move(host)),
      token_(std::move(token)),
      repositories_(std::make_move_iterator(repositories.begin()),
                    std::make_move_iterator(repositories.end())),
      allow_writes_(allow_writes) {
}

bool Fallback::covers(std::string_view host, const std::vector<policy::Repository>& repositories,
                      const PermissionSelection& permissions) const {
  const bool listed = std::ranges::all_of(repositories, [this](const policy::Repository& repository) {
    return repositories_.contains(repository);
  });
  if (host != host_ || !listed || repositories.empty()) return false;
  if (allow_writes_) return true;
  return permissions.set() && std::ranges::all_of(permissions.set()->levels(), [](const auto& permission) {
           return permission.second == policy::Level::kRead;
         });
}

}  // namespace hubwarden::tokens
