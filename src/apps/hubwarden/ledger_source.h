#pragma once

// Where `hubwarden ledger` reads: the configured records, or files of JSON lines.
//
//   Result<std::unique_ptr<LedgerSource>> source = open_ledger(config.records);
//   Result<> read = (*source)->read(LedgerQuery(), [&](std::string_view lines) { verifier.feed(lines); });
//
// Blocks; one thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "ledger/verifier.h"
#include "store/ledger_records.h"

namespace hubwarden::apps {

// Called with some lines at a time; of files also with parts of lines.
using TakeLines = std::function<void(std::string_view)>;

class LedgerSource {
 public:
  virtual ~LedgerSource() = default;

  // What the query wants, and perhaps more: of files everything. Statements of what was pruned come last, if
  // all is wanted.
  virtual Result<> read(const store::LedgerQuery& query, const TakeLines& take) = 0;
  // What came behind the last records of some chains since they were read.
  virtual Result<> read_behind(const std::vector<store::LedgerHead>& heads, const TakeLines& take) = 0;
  // At least the last `count` lines, in no particular order; everything if there are fewer.
  virtual Result<> read_last(std::size_t count, const TakeLines& take) = 0;
};

// `unavailable` if there are no records, or they cannot be reached.
Result<std::unique_ptr<LedgerSource>> open_ledger(const config::Records& records);
// In this order, as one; "-" is standard input.
std::unique_ptr<LedgerSource> ledger_files(std::vector<std::string> paths);

}  // namespace hubwarden::apps
