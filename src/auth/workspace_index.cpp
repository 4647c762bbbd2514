#include "auth/workspace_index.h"

#include <algorithm>

namespace hubwarden::auth {

void WorkspaceIndex::apply(const policy::WorkspaceId& id, const std::optional<store::WorkspaceRecord>& now) {
  std::vector<crypto::Digest> live;
  if (now) {
    for (const store::WorkspaceToken& token : now->tokens) {
      if (!token.revoked_at) live.push_back(token.digest);
    }
  }
  auto known = known_.lock();
  for (const crypto::Digest& old : (*known)[id]) {
    if (std::ranges::find(live, old) == live.end()) live_.erase(old);
  }
  if (!now) {
    known->erase(id);
    return;
  }
  const auto workspace = std::make_shared<const store::Workspace>(now->workspace);
  const auto meter = std::make_shared<RateMeter>();
  for (const store::WorkspaceToken& token : now->tokens) {
    if (token.revoked_at) continue;
    auto principal = std::make_shared<const WorkspacePrincipal>(workspace, token.id, meter);
    live_.put(token.digest, std::move(principal));
  }
  (*known)[id] = std::move(live);
}

std::size_t WorkspaceIndex::workspaces() const {
  return known_.lock()->size();
}

}  // namespace hubwarden::auth
