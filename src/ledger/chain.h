#pragma once

// The chain of one run of one replica, as it grows: each record holds the hash of the one before, and at
// least one of kMaxUnsigned in a row is signed.
//
//   Chain chain(ReplicaId(random.next()), key);
//   const store::LedgerSegment segment = chain.extend({ChainStarted(now, heads), event});
//
// A value that one thread uses at a time. What extend() gave has to be written, or the chain has a hole.

#include <cstdint>
#include <vector>

#include "ledger/body.h"
#include "ledger/keys.h"

namespace hubwarden::ledger {

class Chain {
 public:
  // Bounds what whoever verifies has to remember: the hashes since the last signature.
  static constexpr std::uint64_t kMaxUnsigned = 256;

  Chain(ReplicaId replica, SigningKey key) : replica_(replica), key_(std::move(key)) {}

  // The next records, at least one, with checkpoints where they are due.
  store::LedgerSegment extend(const std::vector<Body>& bodies);

  ReplicaId replica() const { return replica_; }
  std::uint64_t sequence() const { return sequence_; }  // of the last record
  // How many records came since the last signed one.
  std::uint64_t unsigned_records() const { return unsigned_; }

 private:
  void append(const Body& body, store::LedgerSegment& segment);

  ReplicaId replica_;
  SigningKey key_;
  std::uint64_t sequence_ = 0;
  std::uint64_t unsigned_ = 0;
  crypto::Digest last_{};
};

}  // namespace hubwarden::ledger
