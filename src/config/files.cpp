#include "config/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/secret.h"

namespace hubwarden::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

std::expected<File, FileError> SystemFiles::read(const std::string& path, std::size_t limit) const {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return std::unexpected(missing ? FileError::kMissing : FileError::kNotReadable);
  }
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return std::unexpected(FileError::kNotReadable);
  if (!S_ISREG(status.st_mode)) return std::unexpected(FileError::kNotAFile);

  File result;
  result.open_to_others = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
  // At its full size from the start: a string that grows leaves copies of a secret behind.
  result.content.resize(limit + 1);
  std::size_t size = 0;
  while (size < result.content.size()) {
    const ssize_t got = ::read(file.get(), result.content.data() + size, result.content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(FileError::kNotReadable);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) {
    wipe(result.content);
    return std::unexpected(FileError::kTooLarge);
  }
  result.content.resize(size);
  return result;
}

std::expected<std::vector<std::string>, FileError> SystemFiles::list(const std::string& path,
                                                                     std::size_t limit) const {
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  if (error == std::errc::no_such_file_or_directory) return std::unexpected(FileError::kMissing);
  if (error == std::errc::not_a_directory) return std::unexpected(FileError::kNotADirectory);
  std::vector<std::string> names;
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (names.size() == limit) return std::unexpected(FileError::kTooLarge);
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) return std::unexpected(FileError::kNotReadable);
  std::ranges::sort(names);
  return names;
}

std::string why(FileError error) {
  switch (error) {
    case FileError::kMissing: return "does not exist";
    case FileError::kNotReadable: return "cannot be read";
    case FileError::kNotAFile: return "is not a regular file";
    case FileError::kNotADirectory: return "is not a directory";
    case FileError::kTooLarge: return "is too large";
  }
  HW_CHECK(false);
}

}  // namespace hubwarden::config
