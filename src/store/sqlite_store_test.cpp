#include "store/sqlite_store.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "store/schema.h"
#include "store/sqlite_database.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;
using test::run;
using testing::HasSubstr;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

Workspace workspace(std::string_view name) {
  constexpr std::string_view kRepositories[] = {"acme/widgets"};
  return Workspace(*WorkspaceId::parse(name), *policy::RepositoryList::parse(kRepositories),
                   *policy::PermissionSet::parse("contents:read"), kNoon);
}

WorkspaceToken token(std::uint64_t n) {
  return WorkspaceToken(TokenId(n), crypto::sha256("token " + std::to_string(n)), kNoon);
}

Handle handle(std::uint64_t n) {
  return Handle(HandleId(n), crypto::sha256("handle " + std::to_string(n)), "admin",
                *policy::Repository::parse("acme/widgets"), "read", kNoon, kNoon + std::chrono::hours(1));
}

mode_t mode_of(const std::string& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(SqliteStore, FindsEverythingAfterReopening) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  {
    const auto store = SqliteStore::open(path).value();
    ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
    ASSERT_TRUE(run(store->add_token(*WorkspaceId::parse("a"), token(2))));
    ASSERT_TRUE(run(store->revoke_token(*WorkspaceId::parse("a"), TokenId(1), kNoon)));
  }
  const auto store = SqliteStore::open(path).value();
  WorkspaceToken revoked = token(1);
  revoked.revoked_at = kNoon;
  EXPECT_EQ(run(store->find(*WorkspaceId::parse("a"))).value(),
            WorkspaceRecord(workspace("a"), {revoked, token(2)}));
}

TEST(SqliteStore, ShowsItsFilesToItsOwnerOnly) {
  test::TemporaryDirectory directory;
  const mode_t old = umask(0);
  const auto store = SqliteStore::open(directory / "new/deeper/records.db").value();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  umask(old);
  EXPECT_EQ(mode_of(directory / "new"), 0700U);
  EXPECT_EQ(mode_of(directory / "new/deeper"), 0700U);
  EXPECT_EQ(mode_of(directory / "new/deeper/records.db"), 0600U);
  EXPECT_EQ(mode_of(directory / "new/deeper/records.db-wal"), 0600U);
  EXPECT_EQ(mode_of(directory / "new/deeper/records.db-shm"), 0600U);
}

TEST(SqliteStore, IsDurable) {
  test::TemporaryDirectory directory;
  const auto database = open_database(directory / "records.db").value();
  EXPECT_EQ(database->execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(database->execAndGet("PRAGMA synchronous").getInt(), 2);
  EXPECT_EQ(database->execAndGet("PRAGMA foreign_keys").getInt(), 1);
}

TEST(SqliteStore, TakesAnEmptyFileForANewOne) {
  test::TemporaryDirectory directory;
  write(directory / "records.db", "");
  EXPECT_TRUE(SqliteStore::open(directory / "records.db"));
}

TEST(SqliteStore, RefusesAFileThatIsNotADatabaseAndLeavesIt) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  const std::string letter = "Dear reader,\n" + std::string(8192, 'x');
  write(path, letter);
  const auto store = SqliteStore::open(path);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr(path + ": not a database"));
  EXPECT_EQ(bytes_of(path), letter);
}

TEST(SqliteStore, RefusesTheDatabaseOfSomebodyElse) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "photos.db";
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE photos (id INTEGER)");
  const std::string before = bytes_of(path);
  const auto store = SqliteStore::open(path);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("not one of hubwarden"));
  EXPECT_EQ(bytes_of(path), before);
}

TEST(SqliteStore, RefusesADatabaseOfANewerHubwarden) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  open_database(path).value()->exec("PRAGMA user_version = 99");
  const std::string before = bytes_of(path);
  const auto store = SqliteStore::open(path);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("newer hubwarden (schema 99"));
  EXPECT_EQ(bytes_of(path), before);
}

// A file as the first version left it.
void write_version_1(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(kMigrations[0]);
  database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.exec("PRAGMA user_version = 1");
  database.exec("INSERT INTO workspaces VALUES ('a', 'acme/widgets', 'contents:read', 1790000000000000)");
}

TEST(SqliteStore, KeepsWhatAnOlderHubwardenRecorded) {
  test::TemporaryDirectory directory;
  write_version_1(directory / "records.db");
  const auto store = SqliteStore::open(directory / "records.db").value();
  EXPECT_EQ(run(store->find(*WorkspaceId::parse("a")))->workspace, workspace("a"));
  ASSERT_TRUE(run(store->issue(handle(1))));
  EXPECT_EQ(run(store->find(HandleId(1))).value(), handle(1));
}

TEST(SqliteStore, RefusesWhatIsNotAPlainPath) {
  test::TemporaryDirectory directory;
  write(directory / "file", "");
  ASSERT_EQ(symlink((directory / "elsewhere.db").c_str(), (directory / "link.db").c_str()), 0);
  for (const std::string& path :
       {std::string(), std::string("file:records.db?mode=memory"), std::string(":other:"), directory.path(),
        directory / "file/records.db", directory / "link.db", std::string("/proc/nowhere/records.db")}) {
    const auto store = SqliteStore::open(path);
    ASSERT_FALSE(store) << path;
    EXPECT_EQ(store.error().code(), ErrorCode::kUnavailable) << path;
  }
  EXPECT_NE(access((directory / "elsewhere.db").c_str(), F_OK), 0);
}

// A record that no hubwarden wrote is refused, not repaired by guessing, and does not hide the others.
TEST(SqliteStore, NamesADamagedRecord) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  const auto store = SqliteStore::open(path).value();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  ASSERT_TRUE(run(store->create(workspace("b"), token(2))));
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec("UPDATE workspaces SET permissions = '' WHERE id = 'a'");
  const auto found = run(store->find(*WorkspaceId::parse("a")));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kInternal);
  EXPECT_THAT(found.error().message(), HasSubstr("\"a\" is damaged"));
  EXPECT_TRUE(run(store->find(*WorkspaceId::parse("b"))));
}

TEST(SqliteStore, NamesADamagedHandle) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  const auto store = SqliteStore::open(path).value();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  for (const char* damage : {"repository = ''", "priority = 'urgent'", "host = '/'", "concurrent = 0",
                             "requests = -1", "bytes = 0"}) {
    SCOPED_TRACE(damage);
    other.exec("DELETE FROM handles");
    ASSERT_TRUE(run(store->issue(handle(1))));
    other.exec("UPDATE handles SET " + std::string(damage));
    const auto found = run(store->find(HandleId(1)));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), ErrorCode::kInternal);
    EXPECT_THAT(found.error().message(), HasSubstr("handle \"0000000000000001\" is damaged"));
    EXPECT_FALSE(run(store->list(std::optional<HandleId>(), 10)));
  }
}

TEST(SqliteStore, IsUnavailableWhileAnotherProcessHoldsTheFileAndRecovers) {
  test::TemporaryDirectory directory;
  const std::string path = directory / "records.db";
  const auto store = SqliteStore::open(path).value();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const Result<> refused = run(store->create(workspace("a"), token(1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), testing::Not(HasSubstr(directory.path())));
  other.exec("ROLLBACK");
  EXPECT_TRUE(run(store->create(workspace("a"), token(1))));
}

TEST(SqliteStore, KeepsHandlesAndWorkspacesApart) {
  const auto store = SqliteStore::open(":memory:").value();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  ASSERT_TRUE(run(store->issue(handle(1))));
  ASSERT_TRUE(run(store->forget_ended(kNoon + std::chrono::hours(2), 10)));
  EXPECT_TRUE(run(store->find(*WorkspaceId::parse("a"))));
  EXPECT_FALSE(run(store->find(HandleId(1))));
}

TEST(SqliteStore, ServesManyLoopsAtOnce) {
  const auto store = SqliteStore::open(":memory:").value();
  std::vector<std::jthread> loops;
  for (std::uint64_t t = 0; t < 4; ++t) {
    loops.emplace_back([&store, t] {
      for (std::uint64_t i = 0; i < 100; ++i) {
        const std::uint64_t n = t * 1000 + i;
        EXPECT_TRUE(run(store->create(workspace("w" + std::to_string(n)), token(n))));
      }
    });
  }
  loops.clear();
  EXPECT_EQ(run(store->list(std::optional<WorkspaceId>(), 1000)).value().size(), 400U);
}

TEST(HexId, HasOneSpelling) {
  EXPECT_EQ(to_text(TokenId(0x0123456789abcdef)), "0123456789abcdef");
  EXPECT_EQ(parse_token_id("ffffffffffffffff").value(), TokenId(UINT64_MAX));
  EXPECT_EQ(parse_token_id("0000000000000000").value(), TokenId(0));
  EXPECT_EQ(parse_handle_id("0123456789abcdef").value(), HandleId(0x0123456789abcdef));
  for (const char* text : {"", "0", "0123456789ABCDEF", "0123456789abcdef0", "0123456789abcde",
                           "-123456789abcdef", "0x23456789abcdef", "0123456789abcde ", "0123456789abcdeg"}) {
    EXPECT_FALSE(parse_token_id(text)) << text;
    EXPECT_FALSE(parse_handle_id(text)) << text;
  }
}

}  // namespace
}  // namespace hubwarden::store
