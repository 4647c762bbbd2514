#pragma once

// Every live workspace token in memory, by the SHA-256 of the token.
//
//   index.apply(id, record);                                        // as the store tells it
//   std::shared_ptr<const WorkspacePrincipal> who = index.find(digest);
//
// Thread-safe; `find` waits for changes of the same shard alone.

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "auth/digest_map.h"
#include "auth/workspace_principal.h"
#include "base/guarded.h"
#include "crypto/digest.h"
#include "store/workspace.h"

namespace hubwarden::auth {

class WorkspaceIndex {
 public:
  // Null if no live token has this digest.
  std::shared_ptr<const WorkspacePrincipal> find(const crypto::Digest& digest) const {
    return live_.find(digest);
  }
  // Makes the index say what the record says: its live tokens lead to it and no others; nothing does if it is
  // gone. Revoked ones stop first. Calls for one workspace must come in the order of its changes.
  void apply(const policy::WorkspaceId& id, const std::optional<store::WorkspaceRecord>& now);

  std::size_t workspaces() const;

 private:
  using Known = std::unordered_map<policy::WorkspaceId, std::vector<crypto::Digest>>;

  DigestMap<WorkspacePrincipal> live_;
  mutable Guarded<Known> known_;  // which digests lead to a workspace; held through `apply`, never by `find`
};

}  // namespace hubwarden::auth
