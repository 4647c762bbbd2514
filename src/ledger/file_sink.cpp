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

Result<std::unique_ptr<FileSink>> FileSink::open(const std::string& path) {
  Result<LedgerFile> file = LedgerFile::open(path);
  if (!file) return std::unexpected(file.error());
  return std::unique_ptr<FileSink>(new FileSink(path, *std::move(file)));
}

net::Task<Heads> FileSink::heads(std::size_t) {
  auto found = std::make_shared<Heads>();
  net::Task<Result<>> looking = worker_.run([this, found]() -> Result<> {
    *found = head_in(file_->last_line());
    return {};
  });
  const Result<> looked = co_await std::move(looking);
  if (!looked) co_return std::unexpected(looked.error());
  co_return std::move(*found);
}

net::Task<Result<>> FileSink::append(const store::LedgerSegment& segment) {
  return worker_.run([this, lines = segment.lines] { return write(lines); });
}

Result<> FileSink::write(const std::string& lines) {
  if (is_to_reopen_.exchange(false)) {
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
