#include "ledger/file_sink.h"

#include <memory>
#include <utility>

#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

using Heads = Result<std::vector<store::LedgerHead>>;

// Whatever stands there is named as it is: whether it is a record is for the verification to say.
Heads head_in(const Result<std::optional<std::string>>& last) {
  if (!last) return std::unexpected(last.error());
  const std::optional<Line> line = *last ? read_line(**last) : std::nullopt;
  const Record* const record = line ? std::get_if<Record>(&*line) : nullptr;
  if (record == nullptr) return std::vector<store::LedgerHead>();
  return std::vector{store::LedgerHead(record->replica, record->sequence, record->hash)};
}

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::open(FilePattern pattern, TimePoint now) {
  std::optional<std::string> before = pattern.latest();
  std::string path = pattern.path_at(now);
  Result<LedgerFile> file = LedgerFile::open(path);
  if (!file) return std::unexpected(file.error());
  return std::unique_ptr<FileSink>(
      new FileSink(std::move(pattern), std::move(path), std::move(before), *std::move(file)));
}

// A new day's file has none yet: that of the file before it.
Result<std::optional<std::string>> FileSink::last_line() const {
  Result<std::optional<std::string>> own = file_->last_line();
  if (!own || *own || !before_ || *before_ == path_) return own;
  const Result<LedgerFile> file = LedgerFile::open(*before_);
  if (!file) return std::unexpected(file.error());
  return file->last_line();
}

net::Task<Heads> FileSink::heads(std::size_t) {
  auto found = std::make_shared<Heads>();
  net::Task<Result<>> looking = worker_.run([this, found]() -> Result<> {
    *found = head_in(last_line());
    return {};
  });
  const Result<> looked = co_await std::move(looking);
  if (!looked) co_return std::unexpected(looked.error());
  co_return std::move(*found);
}

net::Task<Result<>> FileSink::append(const store::LedgerSegment& segment) {
  return worker_.run([this, lines = segment.lines, when = segment.begun_at] { return write(lines, when); });
}

Result<> FileSink::write(const std::string& lines, TimePoint when) {
  std::string path = pattern_.path_at(when);
  // Never back: a clock that was put back makes no file that ends in the middle of a chain.
  const bool is_another = path > path_;
  if (is_another) path_ = std::move(path);
  if (is_to_reopen_.exchange(false) || is_another) {
    // First: nobody may have two at a time.
    file_.reset();
  }
  if (!file_) {
    Result<LedgerFile> opened = LedgerFile::open(path_);
    if (!opened) return std::unexpected(opened.error());
    file_.emplace(*std::move(opened));
  }
  return file_->append(lines);
}

}  // namespace hubwarden::ledger
