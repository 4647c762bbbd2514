#pragma once

// The last records of a ledger, and those that come.
//
//   LedgerTail tail(*source);
//   Result<> shown = tail.first(20, [](const ShownRecord& record) { print(record); });
//   for (;;) { LedgerTail::pause(); shown = tail.next(show); … }
//
// Asks now and then: a record shows within a second or two. Blocks; one thread.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "apps/hubwarden/ledger_report.h"
#include "apps/hubwarden/ledger_source.h"

namespace hubwarden::apps {

using ShowRecord = std::function<void(const ShownRecord&)>;

// Pieces of lines in, records out. What is no record is passed over.
class RecordSplitter {
 public:
  explicit RecordSplitter(ShowRecord show) : show_(std::move(show)) {}
  void feed(std::string_view bytes);

 private:
  ShowRecord show_;
  std::string unfinished_;
};

class LedgerTail {
 public:
  // More is for `export`.
  static constexpr std::size_t kMaxCount = 100'000;

  // The source outlives this.
  explicit LedgerTail(LedgerSource& source) : source_(source) {}

  // The last `count` of all chains by their times, the oldest first.
  Result<> first(std::size_t count, const ShowRecord& show);
  // Those of which first() and next() do not know yet.
  Result<> next(const ShowRecord& show);
  static void pause();

 private:
  // How far back new records are looked for: what came in a second, of many replicas.
  static constexpr std::size_t kLookBack = 2'000;

  Result<> show_new(std::size_t read, std::size_t count, const ShowRecord& show);

  LedgerSource& source_;
  std::map<ledger::ReplicaId, std::uint64_t> seen_;  // the last record of each chain
};

}  // namespace hubwarden::apps
