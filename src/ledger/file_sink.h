#pragma once

// The ledger as JSON lines in a file of this process's own, on the disk when a write is acknowledged.
//
//   Result<std::unique_ptr<FileSink>> sink = FileSink::open("/var/log/hubwarden/ledger.jsonl");
//   (*sink)->reopen();     // after another program has moved the file away
//
// A thread of its own does the writing. Lifetime: shorter than that of the loops that use it.

#include <atomic>
#include <memory>
#include <string>

#include "ledger/ledger_file.h"
#include "ledger/sink.h"
#include "net/workers.h"

namespace hubwarden::ledger {

class FileSink final : public Sink {
 public:
  // Blocks. `unavailable` with what the operator has to know.
  static Result<std::unique_ptr<FileSink>> open(const std::string& path);

  // The chain whose record is the file's last one.
  net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t limit) override;
  net::Task<Result<>> append(const store::LedgerSegment& segment) override;

  // The next segment goes to whatever has the path then.
  void reopen() override { is_to_reopen_ = true; }

 private:
  FileSink(std::string path, LedgerFile file) : path_(std::move(path)), file_(std::move(file)) {}

  Result<> write(const std::string& lines);

  const std::string path_;
  std::optional<LedgerFile> file_;  // the worker's alone
  std::atomic<bool> is_to_reopen_{false};
  // One call at a time comes; last: it ends before what it uses.
  net::Workers worker_{1, 4};
};

}  // namespace hubwarden::ledger
