#pragma once

// The ledger as JSON lines in files of this process's own, on the disk when a write is acknowledged: one, or
// one for each day or month.
//
//   Result<std::unique_ptr<FileSink>> sink = FileSink::open(pattern, clock.now());
//   (*sink)->reopen();     // after another program has moved the file away
//
// A thread of its own does the writing. Lifetime: shorter than that of the loops that use it.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ledger/file_pattern.h"
#include "ledger/ledger_file.h"
#include "ledger/sink.h"
#include "net/workers.h"

namespace hubwarden::ledger {

class FileSink final : public Sink {
 public:
  // Opens that of `now`. Blocks. `unavailable` with what the operator has to know.
  static Result<std::unique_ptr<FileSink>> open(FilePattern pattern, TimePoint now);

  // The chain whose record is the last one, in the file or in the one before it.
  net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t limit) override;
  net::Task<Result<>> append(const store::LedgerSegment& segment) override;

  // The next segment goes to whatever has the path then.
  void reopen() override { is_to_reopen_ = true; }

 private:
  FileSink(FilePattern pattern, std::string path, std::optional<std::string> before, LedgerFile file)
      : pattern_(std::move(pattern)),
        before_(std::move(before)),
        path_(std::move(path)),
        file_(std::move(file)) {}

  Result<> write(const std::string& lines, TimePoint when);
  Result<std::optional<std::string>> last_line() const;

  const FilePattern pattern_;
  const std::optional<std::string> before_;  // the latest file when this was opened
  std::string path_;                         // of file_; the worker's alone, too
  std::optional<LedgerFile> file_;           // the worker's alone
  std::atomic<bool> is_to_reopen_{false};
  // One call at a time comes; last: it ends before what it uses.
  net::Workers worker_{1, 4};
};

}  // namespace hubwarden::ledger
