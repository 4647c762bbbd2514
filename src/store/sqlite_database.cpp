#include "store/sqlite_database.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "store/schema.h"

namespace hubwarden::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInMemory = ":memory:";
// How long to wait for another process that holds the file, such as a backup.
constexpr int kBusyTimeoutMs = 2000;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

std::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(ErrorCode::kUnavailable, "records " + path + ": " + why);
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

// mkdir(2) rather than create_directories: the mode must be right from the start.
Result<> make_directories(const fs::path& directory) {
  if (directory.empty() || mkdir(directory.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return {};
  if (errno != ENOENT || !directory.has_relative_path()) {
    return refuse(directory, "cannot make the directory: " + errno_text(errno));
  }
  if (Result<> parent = make_directories(directory.parent_path()); !parent) return parent;
  if (mkdir(directory.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return {};
  return refuse(directory, "cannot make the directory: " + errno_text(errno));
}

// A name in a directory outlives a power cut only when the directory was synced too.
void sync_directory(const fs::path& directory) {
  const int descriptor =
      open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

// Made here, because SQLite would use the umask; its -wal and -shm files take over the mode.
Result<> make_file(const fs::path& path) {
  if (Result<> made = make_directories(path.parent_path()); !made) return made;
  const int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (descriptor >= 0) {
    close(descriptor);
    sync_directory(path.parent_path());
    return {};
  }
  if (errno != EEXIST) return refuse(path, "cannot make the file: " + errno_text(errno));
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) return refuse(path, errno_text(errno));
  if (!S_ISREG(found.st_mode)) return refuse(path, "not a regular file");
  if (access(path.c_str(), R_OK | W_OK) != 0)
    return refuse(path, "cannot read and write: " + errno_text(errno));
  return {};
}

int ask_number(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

// Reads only: a file that is refused was not changed.
Result<> check_owner(SQLite::Database& database, const std::string& path) {
  const int application = ask_number(database, "PRAGMA application_id");
  const int version = ask_number(database, "PRAGMA user_version");
  const bool is_empty = ask_number(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (is_empty && application == 0 && version == 0) return {};
  if (application != kApplicationId)
    return refuse(path, "a database, but not one of hubwarden; left as it is");
  if (version > schema_version()) {
    return refuse(path, "made by a newer hubwarden (schema " + std::to_string(version) + ", this one knows " +
                            std::to_string(schema_version()) + "); left as it is");
  }
  return {};
}

void configure(SQLite::Database& database) {
  database.exec("PRAGMA journal_mode = WAL");
  // FULL: a commit returns when its frames are on the disk, which is what "acknowledged" promises.
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA trusted_schema = OFF");
}

void migrate(SQLite::Database& database) {
  // The version is read again under the lock: another process may have migrated meanwhile.
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int from = ask_number(database, "PRAGMA user_version");
  if (from >= schema_version()) return;
  for (auto i = static_cast<std::size_t>(from); i < kMigrations.size(); ++i) database.exec(kMigrations[i]);
  database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.exec("PRAGMA user_version = " + std::to_string(schema_version()));
  transaction.commit();
}

}  // namespace

int schema_version() {
  return static_cast<int>(kMigrations.size());
}

Result<std::unique_ptr<SQLite::Database>> open_database(const std::string& path) {
  if (path.empty() || path.starts_with("file:") || (path.front() == ':' && path != kInMemory)) {
    return refuse("\"" + path + "\"", "not a path");
  }
  if (path != kInMemory) {
    if (Result<> made = make_file(path); !made) return std::unexpected(made.error());
  }
  try {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    if (Result<> ours = check_owner(*database, path); !ours) return std::unexpected(ours.error());
    configure(*database);
    migrate(*database);
    return database;
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_NOTADB) return refuse(path, "not a database; left as it is");
    return refuse(path, failure.what());
  }
}

Error to_error(const SQLite::Exception& failure) {
  switch (failure.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorCode::kUnavailable, "the records are in use by another process")
          .with_retry_after(std::chrono::seconds(1));
    case SQLITE_FULL: return Error(ErrorCode::kUnavailable, "the disk with the records is full");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return Error(ErrorCode::kUnavailable, "the records cannot be read or written");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Error(ErrorCode::kInternal, "the records are damaged");
    default:
      return Error(ErrorCode::kInternal,
                   std::string("the records failed: ") + sqlite3_errstr(failure.getErrorCode()));
  }
}

}  // namespace hubwarden::store
