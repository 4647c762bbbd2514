#include "apps/hubwarden/ledger_source.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "net/loops.h"
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

class FileSource final : public LedgerSource {
 public:
  explicit FileSource(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  Result<> read(const LedgerQuery&, const TakeLines& take) override {
    for (const std::string& path : paths_) {
      const File file = open(path);
      if (Result<> taken = file ? take_rest(file, path, take) : failed(path); !taken) return taken;
    }
    return {};
  }
  // Files hold what they hold.
  Result<> read_behind(const std::vector<store::LedgerHead>&, const TakeLines&) override { return {}; }

  Result<> read_last(std::size_t count, const TakeLines& take) override {
    for (const std::string& path : paths_) {
      const File file = open(path);
      if (!file) return failed(path);
      if (file.get() != stdin) go_back(file, count);
      if (Result<> taken = take_rest(file, path, take); !taken) return taken;
    }
    return {};
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  static File open(const std::string& path) {
    return File(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  }
  static std::unexpected<Error> failed(const std::string& path) {
    return fail(ErrorCode::kUnavailable, path + ": " + std::generic_category().message(errno));
  }

  static Result<> take_rest(const File& file, const std::string& path, const TakeLines& take) {
    std::array<char, 64 * 1024> buffer;
    for (;;) {
      const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get());
      if (got == 0) return std::ferror(file.get()) == 0 ? Result<>() : failed(path);
      take(std::string_view(buffer.data(), got));
    }
  }

  // To where the last `count` lines begin, or before.
  static void go_back(const File& file, std::size_t count) {
    constexpr long kUsualLine = 500;
    std::fseek(file.get(), 0, SEEK_END);
    const long size = std::ftell(file.get());
    for (long back = kUsualLine * static_cast<long>(count); back < size; back *= 4) {
      std::fseek(file.get(), size - back, SEEK_SET);
      if (lines_left(file) > count) {
        std::fseek(file.get(), size - back, SEEK_SET);
        return;
      }
    }
    std::rewind(file.get());
  }
  static std::size_t lines_left(const File& file) {
    std::array<char, 64 * 1024> buffer;
    std::size_t lines = 0;
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
      lines += static_cast<std::size_t>(std::count(buffer.data(), buffer.data() + got, '\n'));
    }
    return lines;
  }

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
