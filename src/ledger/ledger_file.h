#pragma once

// A file of lines that grows at its end and is one process's at a time.
//
//   Result<LedgerFile> file = LedgerFile::open("/var/log/hubwarden/ledger.jsonl");
//   Result<> written = file->append(lines);
//
// A process that was killed leaves half a line at most, which nobody was told of: it is cut off when the file
// is opened. Blocks. One thread at a time. Errors name the path: they are for the operator.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "net/unique_fd.h"

namespace hubwarden::ledger {

class LedgerFile {
 public:
  // Made with mode 0600 if it is not there. `unavailable` if another process has it.
  static Result<LedgerFile> open(const std::string& path);

  // On the disk when it succeeds; on a failure the file is as it was, or the next append puts that right.
  Result<> append(std::string_view lines);
  // Without its newline; nothing in an empty file.
  Result<std::optional<std::string>> last_line() const;

 private:
  LedgerFile(std::string path, net::UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  Result<> lock() const;
  Result<> cut_half_a_line();
  Result<> write_all(std::string_view lines) const;
  std::unexpected<Error> failed(std::string_view what) const;

  std::string path_;
  net::UniqueFd file_;
  std::int64_t size_ = 0;       // of whole lines
  bool may_have_more_ = false;  // beyond them
};

}  // namespace hubwarden::ledger
