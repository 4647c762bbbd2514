#pragma once

// Every live workspace token in memory, by the SHA-256 of the token: the look-up of each request.
//
//   index.apply(id, record);                                        // as the store tells it
//   std::shared_ptr<const WorkspacePrincipal> who = index.find(digest);
//
// Thread-safe. `find` takes a shared lock on one of many shards and allocates nothing. What it compares are
// digests, which a caller cannot steer, so how long it takes says nothing about the tokens that exist.

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "auth/principal.h"
#include "base/guarded.h"
#include "crypto/digest.h"
#include "store/workspace.h"

namespace hubwarden::auth {

class WorkspaceIndex {
 public:
  // Null if no live token has this digest.
  std::shared_ptr<const WorkspacePrincipal> find(const crypto::Digest& digest) const;

  // Makes the index say what the record says: its live tokens lead to it and no others; nothing does if it is
  // gone. Revoked ones stop first. Calls for one workspace must come in the order of its changes.
  void apply(const policy::WorkspaceId& id, const std::optional<store::WorkspaceRecord>& now);

  std::size_t workspaces() const;

 private:
  // Digests are random already: any eight bytes of one are a hash.
  struct DigestHash {
    std::size_t operator()(const crypto::Digest& digest) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  // As one block: the array's own comparison goes byte by byte.
  struct SameDigest {
    bool operator()(const crypto::Digest& a, const crypto::Digest& b) const noexcept {
      return std::memcmp(a.data(), b.data(), a.size()) == 0;
    }
  };
  using Shard =
      std::unordered_map<crypto::Digest, std::shared_ptr<const WorkspacePrincipal>, DigestHash, SameDigest>;
  using Known = std::unordered_map<policy::WorkspaceId, std::vector<crypto::Digest>>;
  // More than the cores that ask at once, so that a change holds up few of them.
  static constexpr std::size_t kShards = 64;

  static std::size_t shard_of(const crypto::Digest& digest) {
    return std::to_integer<std::size_t>(digest.back()) % kShards;
  }

  std::array<SharedGuarded<Shard>, kShards> shards_;
  mutable Guarded<Known> known_;  // which digests lead to a workspace; held through `apply`, never by `find`
};

}  // namespace hubwarden::auth
