#pragma once

// What is wrong with a ledger, and where.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/ledger_segment.h"

namespace hubwarden::ledger {

struct Problem {
  enum class What {
    kChanged,       // a line is not what was written
    kRemoved,       // records are not there that others come after
    kReordered,     // they are there, but later
    kDuplicated,    // it was there before
    kTruncated,     // a chain or the last line ends early
    kBadSignature,  // signed with another key, or not at all
    kTooMuch,       // more than is verified in one go
  };

  Problem(What is, std::uint64_t at_line, std::string because)
      : what(is), line(at_line), text(std::move(because)) {}
  Problem in(store::ReplicaId chain, std::uint64_t record) && {
    replica = chain;
    sequence = record;
    return std::move(*this);
  }

  What what;
  std::uint64_t line;  // from 1; 0: not in what was read
  std::optional<store::ReplicaId> replica;
  std::uint64_t sequence = 0;  // of the record; 0: none is known
  std::string text;            // a sentence
};

std::string_view to_string(Problem::What what);  // "removed"

}  // namespace hubwarden::ledger
