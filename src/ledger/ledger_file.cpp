#include "ledger/ledger_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

constexpr mode_t kMode = 0600;
// Its last line stands in it, with the half of another behind it.
constexpr std::size_t kTail = 2 * (kMaxLine + 1);

// What stands from `from` on, up to `size` bytes; nothing on a failure.
std::optional<std::string> read_at(int file, std::int64_t from, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = pread(file, bytes.data() + have, size - have, from + static_cast<std::int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

std::optional<std::string> tail_of(int file, std::int64_t size) {
  const std::int64_t from = std::max<std::int64_t>(size - static_cast<std::int64_t>(kTail), 0);
  return read_at(file, from, static_cast<std::size_t>(size - from));
}

}  // namespace

std::unexpected<Error> LedgerFile::failed(std::string_view what) const {
  return fail(ErrorCode::kUnavailable, "ledger " + path_ + ": cannot " + std::string(what) + ": " +
                                           std::generic_category().message(errno));
}

Result<LedgerFile> LedgerFile::open(const std::string& path) {
  // No link: whoever may write to the directory could lead it elsewhere.
  const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  LedgerFile file(path, net::UniqueFd(::open(path.c_str(), flags, kMode)));
  if (!file.file_) return file.failed("open");
  if (Result<> locked = file.lock(); !locked) return std::unexpected(locked.error());
  if (Result<> cut = file.cut_half_a_line(); !cut) return std::unexpected(cut.error());
  return file;
}

Result<> LedgerFile::lock() const {
  struct stat found{};
  if (fstat(file_.get(), &found) != 0) return failed("look at it");
  if (!S_ISREG(found.st_mode)) {
    return fail(ErrorCode::kUnavailable, "ledger " + path_ + ": not a regular file");
  }
  if (flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return failed("lock");
  return fail(ErrorCode::kUnavailable, "ledger " + path_ + ": another process writes to it");
}

Result<> LedgerFile::cut_half_a_line() {
  struct stat found{};
  if (fstat(file_.get(), &found) != 0) return failed("look at it");
  const auto tail = tail_of(file_.get(), found.st_size);
  if (!tail) return failed("read");
  const std::size_t end = tail->rfind('\n');
  const std::size_t half = end == std::string::npos ? tail->size() : tail->size() - end - 1;
  if (half > kMaxLine)
    return fail(ErrorCode::kUnavailable, "ledger " + path_ + ": not a ledger; left as it is");
  size_ = found.st_size - static_cast<std::int64_t>(half);
  if (half > 0 && ftruncate(file_.get(), size_) != 0) return failed("cut off half a line");
  return {};
}

Result<> LedgerFile::write_all(std::string_view lines) const {
  while (!lines.empty()) {
    const ssize_t written = write(file_.get(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write");
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> LedgerFile::append(std::string_view lines) {
  if (may_have_more_ && ftruncate(file_.get(), size_) != 0) return failed("undo a write");
  may_have_more_ = true;
  if (Result<> written = write_all(lines); !written) return written;
  if (fdatasync(file_.get()) != 0) return failed("sync");
  may_have_more_ = false;
  size_ += static_cast<std::int64_t>(lines.size());
  return {};
}

Result<std::optional<std::string>> LedgerFile::last_line() const {
  const auto tail = tail_of(file_.get(), size_);
  if (!tail) return failed("read");
  if (tail->empty()) return std::optional<std::string>();
  const std::string_view lines = std::string_view(*tail).substr(0, tail->size() - 1);
  const std::size_t before = lines.rfind('\n');
  return std::optional(std::string(before == std::string_view::npos ? lines : lines.substr(before + 1)));
}

}  // namespace hubwarden::ledger
