#include "apps/hubwarden/locked_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace hubwarden::apps {
namespace {

constexpr std::size_t kMaxFile = 4 << 20;  // larger than any configuration

std::unexpected<Error> failed(const std::string& file, int error) {
  return fail(ErrorCode::kInternal, file + ": " + std::strerror(error));
}

std::string resolved(const std::string& file) {
  std::array<char, PATH_MAX> path{};
  return realpath(file.c_str(), path.data()) != nullptr ? std::string(path.data()) : file;
}

bool write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

Result<void> write_file(const std::string& file, const std::string& text, int flags, mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, mode);
  if (fd < 0) return failed(file, errno);
  const bool is_written = write_all(fd, text) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!is_written) return failed(file, error);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(file, errno);
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while (text.size() <= kMaxFile && (got = read(fd, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const int error = errno;
  close(fd);
  if (got < 0) return failed(file, error);
  if (text.size() > kMaxFile) return failed(file, EFBIG);
  return text;
}

LockedFile::LockedFile(std::string target, std::string before)
    : target_(std::move(target)), draft_(target_ + ".lock"), before_(std::move(before)) {
}

LockedFile::LockedFile(LockedFile&& other) noexcept
    : target_(std::move(other.target_)),
      draft_(std::move(other.draft_)),
      before_(std::move(other.before_)),
      is_held_(std::exchange(other.is_held_, false)) {
}

LockedFile::~LockedFile() {
  if (is_held_) unlink(draft_.c_str());
}

Result<LockedFile> LockedFile::open(const std::string& file) {
  const std::string target = resolved(file);
  struct stat info{};
  const bool exists = stat(target.c_str(), &info) == 0;
  const mode_t mode = exists ? info.st_mode & 0777U : 0600;
  const std::string draft = target + ".lock";
  const Result<void> made = write_file(draft, "", O_EXCL, mode);
  if (!made && errno == EEXIST) {
    return fail(ErrorCode::kConflict, draft + " exists: another git is changing " + target +
                                          ", or died while it did; remove it then");
  }
  if (!made) return std::unexpected(made.error());
  LockedFile locked(target, "");
  if (!exists) return locked;
  // Read under the lock, so that nobody's change between is lost.
  Result<std::string> before = read_file(target);
  if (!before) return std::unexpected(before.error());
  locked.before_ = std::move(*before);
  chmod(draft.c_str(), mode);
  const Result<void> copied = locked.write(locked.before_);
  if (!copied) return std::unexpected(copied.error());
  return locked;
}

Result<void> LockedFile::write(const std::string& text) {
  return write_file(draft_, text, O_TRUNC, 0600);
}

Result<LockedFile::Change> LockedFile::commit() {
  const Result<std::string> after = read_file(draft_);
  if (!after) return std::unexpected(after.error());
  if (*after == before_) return Change::kNone;
  if (rename(draft_.c_str(), target_.c_str()) != 0) return failed(target_, errno);
  is_held_ = false;
  return Change::kReplaced;
}

}  // namespace hubwarden::apps
