#pragma once

// Where the lines of a time go: one file, or one for each day or month.
//
//   Result<FilePattern> pattern = FilePattern::parse("/var/log/hubwarden/ledger-{date}.jsonl");
//   pattern->path_at(now);    // "/var/log/hubwarden/ledger-2027-01-15.jsonl"
//   pattern->latest();        // of those that are there
//
// Days and months are UTC's. Immutable; from any thread.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace hubwarden::ledger {

class FilePattern {
 public:
  // `{date}` or `{month}` stands once at most, in the file's name. `invalid_request` for anything else in
  // braces.
  static Result<FilePattern> parse(std::string_view text);

  std::string path_at(TimePoint when) const;
  // Looks into the folder. Nothing: there is none, or it cannot be looked into.
  std::optional<std::string> latest() const;

 private:
  enum class Part { kWhole, kMonth, kDay };

  FilePattern(std::string before, std::string after, Part part)
      : before_(std::move(before)), after_(std::move(after)), part_(part) {}
  bool is_one(std::string_view path) const;

  std::string before_;  // what stands before the time, the folder included
  std::string after_;
  Part part_;
};

}  // namespace hubwarden::ledger
