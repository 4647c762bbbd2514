#include "apps/git-credential-hubwarden/record_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

// A locked file whose name was given to a new one is opened anew: each round means that somebody else got on.
constexpr int kMaxReopen = 100;

std::unexpected<Error> unusable(const std::string& what, std::string_view why) {
  return fail(ErrorCode::kForbidden, "the local record " + what + " is not used: " + std::string(why));
}

// A name of fixed length for a key of any. It need not resist anyone: the file holds the key and is checked
// for it.
std::string file_name(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return "credential-" + hex(std::as_bytes(std::span(&hash, 1)));
}

std::string_view fault_of(const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return "it is not a file";
  if (info.st_uid != geteuid()) return "it belongs to another user";
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) return "others may read or write it";
  if (info.st_nlink > 1) return "it has a second name";
  return {};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<UniqueFd> open_record_directory(const std::string& path) {
  if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return unusable("in " + path, std::strerror(errno));
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return unusable("in " + path, std::strerror(errno));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return unusable("in " + path, std::strerror(errno));
  if (info.st_uid != geteuid()) return unusable("in " + path, "the directory belongs to another user");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return unusable("in " + path, "others may enter the directory");
  return fd;
}

Result<UniqueFd> open_record_directory() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') {
    Result<UniqueFd> directory = open_record_directory(std::string(runtime) + "/hubwarden");
    if (directory) return directory;
  }
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    return unusable("", "neither XDG_RUNTIME_DIR nor HOME names a directory");
  const std::string cache = std::string(home) + "/.cache";
  mkdir(cache.c_str(), S_IRWXU);  // whether it failed shows at the next step
  return open_record_directory(cache + "/hubwarden");
}

RecordFile::RecordFile(UniqueFd directory, std::string key)
    : directory_(std::move(directory)), key_(std::move(key)), name_(file_name(key_)) {
}

Result<UniqueFd> RecordFile::open_file(int flags) const {
  UniqueFd fd(openat(directory_.get(), name_.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                     S_IRUSR | S_IWUSR));
  if (!fd) return unusable(name_, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return unusable(name_, std::strerror(errno));
  const std::string_view fault = fault_of(info);
  if (!fault.empty()) return unusable(name_, fault);
  return fd;
}

bool RecordFile::is_current(const UniqueFd& fd) const {
  struct stat opened{};
  struct stat named{};
  return fstat(fd.get(), &opened) == 0 &&
         fstatat(directory_.get(), name_.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<std::optional<RecordFile::Lock>> RecordFile::try_lock() {
  for (int round = 0; round < kMaxReopen; ++round) {
    Result<UniqueFd> fd = open_file(O_RDWR | O_CREAT);
    if (!fd) return std::unexpected(fd.error());
    if (flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
      return unusable(name_, std::strerror(errno));
    }
    if (is_current(*fd)) return Lock(std::move(*fd));
  }
  return std::nullopt;
}

std::optional<Record> RecordFile::read() const {
  const Result<UniqueFd> fd = open_file(O_RDONLY);
  if (!fd) return std::nullopt;
  std::array<char, kMaxRecord + 1> buffer;
  const ssize_t size = ::read(fd->get(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  const std::size_t used = static_cast<std::size_t>(size);
  std::optional<Record> record = parse_record(std::string_view(buffer.data(), used), key_);
  explicit_bzero(buffer.data(), used);
  return record;
}

void RecordFile::replace(const Record& record, const Lock&) {
  const std::string fresh = name_ + ".new";
  // Left by a process that died between writing and renaming; the lock is ours.
  unlinkat(directory_.get(), fresh.c_str(), 0);
  const UniqueFd fd(openat(directory_.get(), fresh.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd) return;
  const Secret text = format_record(record, key_);
  const bool is_written = text.size() <= kMaxRecord && write_all(fd.get(), text.reveal());
  // Not synchronised to the disk: after a power cut the record is as good as gone, and nothing is lost by it.
  if (!is_written || renameat(directory_.get(), fresh.c_str(), directory_.get(), name_.c_str()) != 0) {
    unlinkat(directory_.get(), fresh.c_str(), 0);
  }
}

void RecordFile::forget(const Lock& lock) {
  // Emptied, not removed: the name must go on meaning the locked file.
  if (ftruncate(lock.fd_.get(), 0) != 0) unlinkat(directory_.get(), name_.c_str(), 0);
}

}  // namespace hubwarden::git_credential
