#pragma once

// Where a record lives: one file per hubwarden, workspace, host and repository, in a directory of this user
// alone.
//
//   auto file = RecordFile::open(*directory, key);
//   auto lock = file->try_lock();           // one process of this user asks hubwarden, the others wait for
//   it file->read(); file->replace(record, *lock);           // atomic: a reader sees the old record or the
//   new one
//
// The lock is flock(2) on the file itself. A replacement is a new file under the old name, so that whoever
// gets the lock checks that the name still means the file that it locked. A process that dies lets go of its
// lock.
//
// Symlinks, files of another user, files that others may read and hard links are refused, never followed and
// never repaired: somebody put them there.

#include <optional>
#include <string>
#include <string_view>

#include "apps/git-credential-hubwarden/record.h"
#include "apps/git-credential-hubwarden/unique_fd.h"
#include "base/error.h"

namespace hubwarden::git_credential {

// $XDG_RUNTIME_DIR/hubwarden, else ~/.cache/hubwarden: made when missing, mode 0700, this user's own.
Result<UniqueFd> open_record_directory();
Result<UniqueFd> open_record_directory(const std::string& path);

class RecordFile {
 public:
  // Holds the lock while it lives.
  class Lock {
   private:
    friend class RecordFile;
    explicit Lock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
  };

  // `key` is the whole of what the record is for; `directory` is taken over.
  RecordFile(UniqueFd directory, std::string key);

  // The lock; nothing when another process holds it; an error when the file must not be used.
  Result<std::optional<Lock>> try_lock();

  // What is there for this key, if anything; needs no lock. What is broken or hostile is nothing.
  std::optional<Record> read() const;

  // Failing costs no more than the next call's request, so that nothing is reported.
  void replace(const Record& record, const Lock& lock);
  void forget(const Lock& lock);

 private:
  Result<UniqueFd> open_file(int flags) const;
  bool is_current(const UniqueFd& fd) const;

  UniqueFd directory_;
  std::string key_;
  std::string name_;
};

}  // namespace hubwarden::git_credential
