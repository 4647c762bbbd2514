#pragma once

// A file that is changed as git changes its own: the new text grows in FILE.lock, which keeps every git and
// every other of us out, and takes FILE's place in one step. Dropped without `commit`, nothing has happened.

#include <string>

#include "base/error.h"

namespace hubwarden::apps {

class LockedFile {
 public:
  // FILE.lock with FILE's bytes and mode; a FILE that is not there is empty. A symbolic link is followed
  // first, so that the link stays.
  static Result<LockedFile> open(const std::string& file);

  LockedFile(LockedFile&& other) noexcept;
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile();

  const std::string& target() const { return target_; }
  const std::string& draft() const { return draft_; }  // the path of FILE.lock

  Result<void> write(const std::string& text);
  enum class Change { kNone, kReplaced };
  // Leaves FILE alone when the bytes are the same.
  Result<Change> commit();

 private:
  LockedFile(std::string target, std::string before);

  std::string target_;
  std::string draft_;
  std::string before_;
  bool is_held_ = true;
};

Result<std::string> read_file(const std::string& file);

}  // namespace hubwarden::apps
