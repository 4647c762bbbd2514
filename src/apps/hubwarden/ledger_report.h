#pragma once

// What `hubwarden ledger` prints, for people and for programs. Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/event.h"
#include "ledger/verifier.h"

namespace hubwarden::apps {

std::string verification_text(const ledger::Report& report);
// One object on one line: docs/ledger.md, "For programs".
std::string verification_json(const ledger::Report& report);
// The ends of chains in such an object. `invalid_request` for anything else.
Result<std::vector<ledger::LedgerHead>> known_heads(std::string_view json);

// A record of the ledger.
struct ShownRecord {
  ShownRecord(ledger::ReplicaId of, std::uint64_t at, ledger::Body says, std::string text)
      : replica(of), sequence(at), body(std::move(says)), line(std::move(text)) {}

  ledger::ReplicaId replica;
  std::uint64_t sequence;
  ledger::Body body;
  std::string line;  // without its newline
};

// Nothing for a statement, and for what is no line of a ledger.
std::optional<ShownRecord> shown_record(std::string_view line);

// Time, what, outcome and by whom, then the other members as name=value.
std::string record_text(const ShownRecord& record);

// Who had a token, one entry for each holder and kind of event.
class Holders {
 public:
  // Tokens live for an hour: more holders than that are none of one token.
  static constexpr std::size_t kMax = 10'000;

  // False when there is no room for another holder.
  bool add(const ledger::Event& event);
  bool empty() const { return times_.empty(); }

  std::string text() const;
  std::string json() const;  // an object a line

 private:
  struct Span {
    TimePoint first;
    TimePoint last;
    std::uint64_t times = 0;
  };
  // Names and values, in the order in which they are shown.
  using Who = std::vector<std::pair<std::string, std::string>>;

  std::map<Who, Span> times_;
};

}  // namespace hubwarden::apps
