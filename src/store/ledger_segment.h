#pragma once

// What is kept of the ledger, as plain values. The store does not read the lines: what they say and how they
// hang together is for ledger/.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "crypto/digest.h"

namespace hubwarden::store {

// Names one run of one replica, and so its chain: random, written as 16 hexadecimal digits.
using ReplicaId = Id<struct ReplicaTag>;
std::string to_text(ReplicaId id);
Result<ReplicaId> parse_replica_id(std::string_view text);

// Neighbouring records of one chain, as many as were written in one go.
struct LedgerSegment {
  LedgerSegment(ReplicaId of, std::uint64_t from, std::uint64_t to) : replica(of), first(from), last(to) {}

  ReplicaId replica;
  std::uint64_t first;  // sequence numbers, from 1
  std::uint64_t last;
  TimePoint begun_at;                     // of the earliest record; times are kept in whole microseconds
  TimePoint ended_at;                     // of the latest
  crypto::Digest hash{};                  // of the last record
  std::vector<std::string> fingerprints;  // that records speak of, each once; not read back
  std::string lines;                      // each with its newline

  friend bool operator==(const LedgerSegment&, const LedgerSegment&) = default;
};

// A record by its place, and what it was.
struct LedgerHead {
  LedgerHead(ReplicaId of, std::uint64_t at, const crypto::Digest& is)
      : replica(of), sequence(at), hash(is) {}

  ReplicaId replica;
  std::uint64_t sequence;
  crypto::Digest hash;

  friend bool operator==(const LedgerHead&, const LedgerHead&) = default;
};

// Of several records of a chain the last, in the order of the chains.
std::vector<LedgerHead> last_of_each(const std::vector<LedgerHead>& records);

// Of a chain whose beginning was deleted: up to where, and the signed line that says so.
struct LedgerBeginning {
  LedgerBeginning(const LedgerHead& last_deleted, TimePoint when, std::string line)
      : pruned(last_deleted), at(when), statement(std::move(line)) {}

  LedgerHead pruned;
  TimePoint at;
  std::string statement;  // with its newline

  friend bool operator==(const LedgerBeginning&, const LedgerBeginning&) = default;
};

}  // namespace hubwarden::store
