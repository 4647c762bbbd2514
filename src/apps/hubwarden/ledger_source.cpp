#include "apps/hubwarden/ledger_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "net/loops.h"
#include "net/unique_fd.h"
#include "obs/log.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace hubwarden::apps {
namespace {

using store::LedgerBeginning;
using store::LedgerPosition;
using store::LedgerQuery;
using store::LedgerSegment;

// Segments: some MiB at most.
constexpr std::size_t kPage = 32;
constexpr std::size_t kStatements = 500;

class RecordsSource final : public LedgerSource {
 public:
  static Result<std::unique_ptr<LedgerSource>> open(const config::Records& records) {
    auto source = std::make_unique<RecordsSource>();
    Result<std::unique_ptr<store::Store>> store = source->open_store(records);
    if (!store) return std::unexpected(store.error());
    source->store_ = *std::move(store);
    source->loops_.start();
    return std::unique_ptr<LedgerSource>(std::move(source));
  }
  ~RecordsSource() override {
    if (store_) store_->stop();
    loops_.stop();
  }

  Result<> read(const LedgerQuery& query, const TakeLines& take) override {
    if (Result<> taken = read_segments(query, std::nullopt, take); !taken) return taken;
    const bool wants_all = !query.replica && !query.fingerprint && !query.since;
    return wants_all ? read_statements(take) : Result<>();
  }

  Result<> read_behind(const std::vector<store::LedgerHead>& heads, const TakeLines& take) override {
    for (const store::LedgerHead& head : heads) {
      LedgerQuery query;
      query.replica = head.replica;
      const Result<> taken = read_segments(query, LedgerPosition(head.replica, head.sequence), take);
      if (!taken) return taken;
    }
    return {};
  }

  // How many lines a segment has is not known before.
  Result<> read_last(std::size_t count, const TakeLines& take) override {
    for (std::size_t limit = kPage;; limit *= 4) {
      const auto latest = net::block_on(loops_.executor(0), store_->latest_segments(limit));
      if (!latest) return std::unexpected(latest.error());
      std::uint64_t lines = 0;
      for (const LedgerSegment& each : *latest) lines += each.last - each.first + 1;
      if (lines < count && latest->size() == limit) continue;
      for (const LedgerSegment& each : *latest) take(each.lines);
      return {};
    }
  }

 private:
  Result<std::unique_ptr<store::Store>> open_store(const config::Records& records) {
    if (records.url.empty()) {
      // The store would make what is not there.
      if (access(records.path.c_str(), R_OK | W_OK) != 0) {
        return fail(ErrorCode::kUnavailable,
                    "records " + records.path + ": " + std::generic_category().message(errno));
      }
      return store::SqliteStore::open(records.path);
    }
    store::PostgresOptions options;
    options.url = records.url;
    options.password = records.password;
    options.connections = 1;
    return store::PostgresStore::open(std::move(options), log_);
  }

  Result<> read_segments(const LedgerQuery& query, std::optional<LedgerPosition> after,
                         const TakeLines& take) {
    for (;;) {
      const auto page = net::block_on(loops_.executor(0), store_->segments(query, after, kPage));
      if (!page) return std::unexpected(page.error());
      for (const LedgerSegment& each : *page) take(each.lines);
      if (page->size() < kPage) return {};
      after = LedgerPosition(page->back().replica, page->back().first);
    }
  }

  Result<> read_statements(const TakeLines& take) {
    std::optional<store::ReplicaId> after;
    for (;;) {
      const auto page = net::block_on(loops_.executor(0), store_->beginnings(after, kStatements));
      if (!page) return std::unexpected(page.error());
      for (const LedgerBeginning& each : *page) take(each.statement);
      if (page->size() < kStatements) return {};
      after = page->back().pruned.replica;
    }
  }

  obs::NullLog log_;
  net::Loops loops_{1};
  std::unique_ptr<store::Store> store_;
};

// An open file, or standard input, which stays open.
class Input {
 public:
  static Result<Input> open(const std::string& path) {
    if (path == "-") return Input(path, STDIN_FILENO);
    net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failed(path);
    Input input(path, file.get());
    input.file_ = std::move(file);
    return input;
  }

  Result<> take_all(const TakeLines& take) {
    std::string buffer(kPiece, '\0');
    for (;;) {
      const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(path_);
      if (got == 0) return {};
      take(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    }
  }

  // To where the last `count` lines begin, or before. A pipe has no such place.
  void go_back(std::size_t count) {
    constexpr off_t kUsualLine = 500;
    const off_t size = lseek(descriptor_, 0, SEEK_END);
    if (size < 0) return;
    for (off_t back = kUsualLine * static_cast<off_t>(count); back < size; back *= 4) {
      lseek(descriptor_, size - back, SEEK_SET);
      std::size_t lines = 0;
      const Result<> counted = take_all([&](std::string_view bytes) {
        lines += static_cast<std::size_t>(std::ranges::count(bytes, '\n'));
      });
      lseek(descriptor_, size - back, SEEK_SET);
      if (!counted || lines > count) return;
    }
    lseek(descriptor_, 0, SEEK_SET);
  }

 private:
  static constexpr std::size_t kPiece = 64 * 1024;

  Input(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  static std::unexpected<Error> failed(const std::string& path) {
    return fail(ErrorCode::kUnavailable, path + ": " + std::generic_category().message(errno));
  }

  std::string path_;
  int descriptor_;
  net::UniqueFd file_;
};

class FileSource final : public LedgerSource {
 public:
  explicit FileSource(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  Result<> read(const LedgerQuery&, const TakeLines& take) override {
    for (const std::string& path : paths_) {
      Result<Input> input = Input::open(path);
      if (!input) return std::unexpected(input.error());
      if (Result<> taken = input->take_all(take); !taken) return taken;
    }
    return {};
  }
  // Files hold what they hold.
  Result<> read_behind(const std::vector<store::LedgerHead>&, const TakeLines&) override { return {}; }

  Result<> read_last(std::size_t count, const TakeLines& take) override {
    for (const std::string& path : paths_) {
      Result<Input> input = Input::open(path);
      if (!input) return std::unexpected(input.error());
      input->go_back(count);
      if (Result<> taken = input->take_all(take); !taken) return taken;
    }
    return {};
  }

 private:
  const std::vector<std::string> paths_;
};

}  // namespace

Result<std::unique_ptr<LedgerSource>> open_ledger(const config::Records& records) {
  return RecordsSource::open(records);
}

std::unique_ptr<LedgerSource> ledger_files(std::vector<std::string> paths) {
  return std::make_unique<FileSource>(std::move(paths));
}

}  // namespace hubwarden::apps
