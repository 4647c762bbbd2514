#pragma once

// A token in a file that only this user can read, in a directory of its own, for as long as a command runs.
//
//   Result<TokenFile> file = TokenFile::make();
//   file->replace(token);          // a reader sees the old one or the new one, whole
//   …                              // gone with its owner
//
// Not thread-safe; whoever outlives a crash of ours finds a token that is dead within the hour.

#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace hubwarden::apps {

class TokenFile {
 public:
  // In $XDG_RUNTIME_DIR, which is gone with the session and seldom on a disk, else $TMPDIR, else /tmp.
  static Result<TokenFile> make();

  TokenFile(TokenFile&& other) noexcept;
  TokenFile& operator=(TokenFile&&) = delete;
  ~TokenFile();

  std::string path() const { return directory_ + "/token"; }
  // Mode 0600, the token's bytes alone.
  Result<> replace(const Secret& token);
  // No file is better than one with a dead token.
  void clear();

 private:
  explicit TokenFile(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;  // empty: moved from
};

}  // namespace hubwarden::apps
