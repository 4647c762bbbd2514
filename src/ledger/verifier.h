#pragma once

// Says whether lines of a ledger are all that was written, or what is the first that is wrong with them.
//
//   Verifier verifier(keys);
//   verifier.feed(bytes);                        // in pieces of any size
//   const Report report = verifier.finish();
//   if (report.problem) complain(report.problem->line, report.problem->text);
//
// Lines of several chains may be mixed; those of one are in their order. What this proves, and what it cannot
// see: docs/ledger.md. Reads once, and remembers some bytes of each chain. Pure; one thread at a time.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain_check.h"
#include "ledger/keys.h"
#include "ledger/problem.h"

namespace hubwarden::ledger {

// A chain that was read.
struct ChainSummary {
  ChainSummary(const LedgerHead& last, std::uint64_t from) : head(last), first(from) {}

  LedgerHead head;
  std::uint64_t first;
  TimePoint ended_at;                  // the time of the last record
  bool is_ended = false;               // its replica was stopped in order
  std::uint64_t unsigned_records = 0;  // behind the last signature
};

struct Report {
  Report() = default;

  std::optional<Problem> problem;
  std::uint64_t lines = 0;
  std::uint64_t events = 0;
  std::uint64_t lost = 0;  // events that the ledger says are nowhere
  std::vector<ChainSummary> chains;
};

class Verifier {
 public:
  // Hundreds of starts in each day of a long retention; a chain takes some hundred bytes.
  static constexpr std::size_t kMaxChains = 65'536;
  // 32 MiB: chains whose replicas were killed have 128 such records on average.
  static constexpr std::size_t kMaxRemembered = 1'000'000;
  static constexpr std::size_t kMaxExpected = 200'000;

  explicit Verifier(VerifyingKeys keys) : keys_(std::move(keys)) {}

  // What is read is a part: beginnings of chains, and chains, may be elsewhere.
  void allow_part() { is_part_ = true; }
  // That a record is there which is known from before.
  void expect(const LedgerHead& head);

  void feed(std::string_view bytes);
  // Chains of which somebody names a record that was not read yet, and the last record that was; they may
  // have grown since they were read.
  std::vector<LedgerHead> behind() const;
  // Once, last.
  Report finish();

 private:
  void take_line(std::string_view text);
  void take(const Record& record);
  void take(const Pruned& pruned);
  void look_for_what_is_missing(std::string_view text);
  bool has_good_signature(const std::optional<Signature>& signature, const crypto::Digest& hash);
  ChainCheck* chain(ReplicaId replica);
  void expect(const LedgerHead& head, std::uint64_t line);
  void check_bounds();
  void note(std::optional<Problem> problem);
  void finish_chains();

  VerifyingKeys keys_;
  bool is_part_ = false;
  std::string unfinished_;  // a line without its end
  std::map<ReplicaId, ChainCheck> chains_;
  std::size_t remembered_ = 0;
  std::size_t expected_ = 0;
  Report report_;
};

}  // namespace hubwarden::ledger
