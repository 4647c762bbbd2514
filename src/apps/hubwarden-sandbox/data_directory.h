#pragma once

// Where the sandbox keeps its repositories and keys. What an earlier run left there is cleared; a directory
// that is somebody else's is refused.

#include <filesystem>

#include "base/error.h"
#include "net/unique_fd.h"

namespace hubwarden::sandbox {

class DataDirectory {
 public:
  // An empty path: a temporary directory, removed when this goes.
  // not_configured: not empty and not ours, in use by another sandbox, or not writable.
  static Result<DataDirectory> open(const std::filesystem::path& path);
  DataDirectory(DataDirectory&&) = default;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  std::filesystem::path repositories() const { return root_ / "repositories"; }
  std::filesystem::path keys() const { return root_ / "keys"; }
  const std::filesystem::path& root() const { return root_; }

 private:
  DataDirectory(std::filesystem::path root, bool temporary, net::UniqueFd lock)
      : root_(std::move(root)), temporary_(temporary), lock_(std::move(lock)) {}

  std::filesystem::path root_;
  bool temporary_;
  net::UniqueFd lock_;  // held while the sandbox runs; empty in what was moved from
};

}  // namespace hubwarden::sandbox
