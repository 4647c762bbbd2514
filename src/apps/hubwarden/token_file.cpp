#include "apps/hubwarden/token_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "apps/git-credential-hubwarden/unique_fd.h"

namespace hubwarden::apps {
namespace {

using git_credential::UniqueFd;

std::string base_directory() {
  for (const char* name : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && value[0] == '/' && access(value, W_OK | X_OK) == 0) return value;
  }
  return "/tmp";
}

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kInternal, what + ": " + std::strerror(errno));
}

}  // namespace

Result<TokenFile> TokenFile::make() {
  std::string directory = base_directory() + "/hubwarden-exec-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return failed(directory);
  return TokenFile(std::move(directory));
}

TokenFile::TokenFile(TokenFile&& other) noexcept : directory_(std::exchange(other.directory_, "")) {
}

TokenFile::~TokenFile() {
  if (directory_.empty()) return;
  clear();
  rmdir(directory_.c_str());
}

Result<> TokenFile::replace(const Secret& token) {
  const std::string draft = path() + ".new";
  unlink(draft.c_str());
  const UniqueFd file(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed(draft);
  const std::string_view bytes = token.reveal();
  if (write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    return failed(draft);
  if (rename(draft.c_str(), path().c_str()) != 0) return failed(path());
  return {};
}

void TokenFile::clear() {
  unlink((path() + ".new").c_str());
  unlink(path().c_str());
}

}  // namespace hubwarden::apps
