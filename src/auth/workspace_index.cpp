#include "auth/workspace_index.h"

#include <algorithm>

namespace hubwarden::auth {

std::shared_ptr<const WorkspacePrincipal> WorkspaceIndex::find(const crypto::Digest& digest) const {
  const auto shard = shards_[shard_of(digest)].read();
  const auto found = shard->find(digest);
  return found == shard->end() ? nullptr : found->second;
}

void WorkspaceIndex::apply(const policy::WorkspaceId& id, const std::optional<store::WorkspaceRecord>& now) {
  std::vector<crypto::Digest> live;
  if (now) {
    for (const store::WorkspaceToken& token : now->tokens) {
      if (!token.revoked_at) live.push_back(token.digest);
    }
  }
  auto known = known_.lock();
  for (const crypto::Digest& old : (*known)[id]) {
    if (std::ranges::find(live, old) == live.end()) shards_[shard_of(old)].write()->erase(old);
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
    shards_[shard_of(token.digest)].write()->insert_or_assign(token.digest, std::move(principal));
  }
  (*known)[id] = std::move(live);
}

std::size_t WorkspaceIndex::workspaces() const {
  return known_.lock()->size();
}

}  // namespace hubwarden::auth
