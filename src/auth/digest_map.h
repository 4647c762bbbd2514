#pragma once

// From the SHA-256 of a credential to its principal: the look-up of each request.
//
//   DigestMap<WorkspacePrincipal> live;
//   live.put(digest, principal);
//   std::shared_ptr<const WorkspacePrincipal> who = live.find(digest);
//
// Thread-safe. `find` takes a shared lock on one of many shards and allocates nothing. What it compares are
// digests, which a caller cannot steer, so how long it takes says nothing about the credentials that exist.

#include <array>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"
#include "crypto/digest.h"

namespace hubwarden::auth {

template <class Principal>
class DigestMap {
 public:
  // Null if there is none.
  std::shared_ptr<const Principal> find(const crypto::Digest& digest) const {
    const auto shard = shards_[shard_of(digest)].read();
    const auto found = shard->find(digest);
    return found == shard->end() ? nullptr : found->second;
  }
  void put(const crypto::Digest& digest, std::shared_ptr<const Principal> principal) {
    shards_[shard_of(digest)].write()->insert_or_assign(digest, std::move(principal));
  }
  void erase(const crypto::Digest& digest) { shards_[shard_of(digest)].write()->erase(digest); }

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
  using Shard = std::unordered_map<crypto::Digest, std::shared_ptr<const Principal>, DigestHash, SameDigest>;

  // More than the cores that ask at once, so that a change holds up few of them.
  static constexpr std::size_t kShards = 64;
  static std::size_t shard_of(const crypto::Digest& digest) {
    return std::to_integer<std::size_t>(digest.back()) % kShards;
  }

  std::array<SharedGuarded<Shard>, kShards> shards_;
};

}  // namespace hubwarden::auth
