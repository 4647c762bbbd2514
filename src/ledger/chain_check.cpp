#include "ledger/chain_check.h"

#include "ledger/chain.h"

namespace hubwarden::ledger {
namespace {

using What = Problem::What;

constexpr crypto::Digest kNothing{};  // what a first record comes after

std::string named(std::uint64_t line) {
  return line == 0 ? "is known from elsewhere" : "is named in line " + std::to_string(line);
}

}  // namespace

std::optional<Problem> ChainCheck::check_first(const Record& record, const Body& body,
                                               std::uint64_t line) const {
  const bool is_start = std::holds_alternative<ChainStarted>(body);
  if (is_start != (record.sequence == 1) || (is_start && record.previous != kNothing)) {
    return Problem(What::kChanged, line, "a chain begins with its start, and with that alone")
        .in(replica_, record.sequence);
  }
  return std::nullopt;
}

std::optional<Problem> ChainCheck::check_next(const Record& record, const Body& body,
                                              std::uint64_t line) const {
  const auto problem = [&](What what, std::string text) {
    return Problem(what, line, std::move(text)).in(replica_, record.sequence);
  };
  if (record.sequence < first_) return problem(What::kReordered, "a later record stands before it");
  if (record.sequence <= last_) return problem(What::kDuplicated, "the record was there before");
  if (record.sequence > last_ + 1) {
    return Problem(What::kRemoved, line, "the records before this one are not there").in(replica_, last_ + 1);
  }
  if (record.previous != hash_)
    return problem(What::kChanged, "it does not follow from the record before it");
  if (is_ended_) return problem(What::kChanged, "it comes after the end of its chain");
  if (std::holds_alternative<ChainStarted>(body)) return problem(What::kChanged, "a chain starts once");
  if (unsigned_.size() >= Chain::kMaxUnsigned && !record.signature) {
    return problem(What::kChanged, "too many records without a checkpoint");
  }
  return std::nullopt;
}

std::optional<Problem> ChainCheck::take(const Record& record, const Body& body, std::uint64_t line) {
  const bool is_first = last_ == 0;
  std::optional<Problem> problem =
      is_first ? check_first(record, body, line) : check_next(record, body, line);
  if (problem) return problem;
  advance(record, body, line);
  if (is_first && record.sequence > 1) {
    // What was pruned last is known by this one; of what was before it, nothing is known any more.
    problem = meet(LedgerHead(replica_, record.sequence - 1, record.previous), line);
    expected_.erase(expected_.begin(), expected_.lower_bound(record.sequence));
    if (problem) return problem;
  }
  return meet(LedgerHead(replica_, record.sequence, record.hash), line);
}

// What was expected in this place is what is there.
std::optional<Problem> ChainCheck::meet(const LedgerHead& record, std::uint64_t line) {
  const auto expected = expected_.find(record.sequence);
  if (expected == expected_.end()) return std::nullopt;
  const Expected wanted = expected->second;
  expected_.erase(expected);
  if (wanted.hash == record.hash) return std::nullopt;
  return Problem(What::kChanged, line, "another record in this place " + named(wanted.line))
      .in(replica_, record.sequence);
}

void ChainCheck::advance(const Record& record, const Body& body, std::uint64_t line) {
  if (last_ == 0) {
    first_ = record.sequence;
    before_first_ = record.previous;
    first_line_ = line;
  }
  last_ = record.sequence;
  hash_ = record.hash;
  last_line_ = line;
  at_ = time_of(body);
  is_ended_ = std::holds_alternative<ChainEnded>(body);
  if (record.signature) {
    unsigned_.clear();
  } else {
    unsigned_.push_back(record.hash);
  }
}

std::optional<Problem> ChainCheck::expect(const LedgerHead& head, std::uint64_t line) {
  const auto another = [&] {
    return Problem(What::kChanged, line, "another record than was read " + named(line))
        .in(replica_, head.sequence);
  };
  if (head.sequence > last_) {
    const auto [place, is_new] = expected_.emplace(head.sequence, Expected(head.hash, line));
    if (!is_new && place->second.hash != head.hash) return another();
    return std::nullopt;
  }
  if (head.sequence + 1 == first_ && head.hash != before_first_) return another();
  const std::uint64_t signed_to = last_ - unsigned_.size();
  if (head.sequence <= signed_to || unsigned_[head.sequence - signed_to - 1] == head.hash)
    return std::nullopt;
  return another();
}

std::optional<Problem> ChainCheck::take(const Pruned& pruned, std::uint64_t line) {
  if (pruned_) {
    return Problem(What::kDuplicated, line, "the chain's beginning was spoken of before")
        .in(replica_, pruned.pruned.sequence);
  }
  pruned_ = pruned.pruned;
  return std::nullopt;
}

std::optional<Problem> ChainCheck::missing_beginning() const {
  const std::uint64_t gone = first_ - 1;
  if (gone == 0 || (pruned_ && pruned_->sequence > gone)) return std::nullopt;
  if (!pruned_ || pruned_->sequence < gone) {
    return Problem(What::kRemoved, first_line_,
                   "the beginning of the chain is not there, and nobody pruned it")
        .in(replica_, pruned_ ? pruned_->sequence + 1 : 1);
  }
  if (pruned_->hash == before_first_) return std::nullopt;
  return Problem(What::kChanged, first_line_, "it does not follow from the record that was pruned last")
      .in(replica_, first_);
}

std::optional<Problem> ChainCheck::missing(bool is_part) const {
  if (last_ != 0 && !is_part) {
    if (std::optional<Problem> problem = missing_beginning()) return problem;
  }
  if (!is_behind()) return std::nullopt;
  const auto& [sequence, expected] = *expected_.rbegin();
  const std::string until = "its record " + std::to_string(sequence) + " " + named(expected.line);
  if (last_ != 0)
    return Problem(What::kTruncated, last_line_, "the chain ends here, but " + until).in(replica_, last_ + 1);
  if (is_part) return std::nullopt;
  return Problem(What::kRemoved, expected.line, "the whole chain is not there, but " + until).in(replica_, 1);
}

}  // namespace hubwarden::ledger
