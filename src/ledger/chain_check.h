#pragma once

// One chain, as whoever verifies has read it so far. No I/O.
//
//   ChainCheck chain(replica);
//   if (const auto problem = chain.take(record, body, line)) …
//   if (const auto problem = chain.expect(head, line)) …    // somebody else names a record of it
//   …
//   if (const auto problem = chain.missing(is_part)) …      // at the end
//
// Remembers the hashes since the last signature: what a signed record comes after cannot be another.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/body.h"
#include "ledger/line.h"
#include "ledger/problem.h"

namespace hubwarden::ledger {

class ChainCheck {
 public:
  explicit ChainCheck(ReplicaId replica) : replica_(replica) {}

  // The next line of this chain; its signature was looked at.
  std::optional<Problem> take(const Record& record, const Body& body, std::uint64_t line);
  // That it had this record when that line was written, and still has to.
  std::optional<Problem> expect(const LedgerHead& head, std::uint64_t line);
  std::optional<Problem> take(const Pruned& pruned, std::uint64_t line);

  // When all was read; of `is_part` the beginning may be elsewhere.
  std::optional<Problem> missing(bool is_part) const;
  // Somebody names a record of it that was not read yet.
  bool is_behind() const { return !expected_.empty() && !is_pruned_away(expected_.rbegin()->first); }

  ReplicaId replica() const { return replica_; }
  std::uint64_t first() const { return first_; }  // 0: none was read
  std::uint64_t last() const { return last_; }
  const crypto::Digest& hash() const { return hash_; }
  TimePoint ended_at() const { return at_; }  // the time of the last record
  bool is_ended() const { return is_ended_; }
  std::size_t remembered() const { return unsigned_.size(); }  // records since the last signature
  std::size_t expectations() const { return expected_.size(); }

 private:
  struct Expected {
    Expected(const crypto::Digest& is, std::uint64_t by) : hash(is), line(by) {}
    crypto::Digest hash;
    std::uint64_t line;
  };

  std::optional<Problem> check_first(const Record& record, const Body& body, std::uint64_t line) const;
  std::optional<Problem> check_next(const Record& record, const Body& body, std::uint64_t line) const;
  std::optional<Problem> meet(const LedgerHead& record, std::uint64_t line);
  std::optional<Problem> missing_beginning() const;
  void advance(const Record& record, const Body& body, std::uint64_t line);
  bool is_pruned_away(std::uint64_t sequence) const {
    return last_ == 0 && pruned_ && pruned_->sequence >= sequence;
  }

  ReplicaId replica_;
  std::uint64_t first_ = 0;
  crypto::Digest before_first_{};
  std::uint64_t first_line_ = 0;
  std::uint64_t last_ = 0;
  crypto::Digest hash_{};
  std::uint64_t last_line_ = 0;
  TimePoint at_;
  bool is_ended_ = false;
  std::vector<crypto::Digest> unsigned_;        // up to last_
  std::map<std::uint64_t, Expected> expected_;  // behind last_, by sequence
  std::optional<LedgerHead> pruned_;
};

}  // namespace hubwarden::ledger
