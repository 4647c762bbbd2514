// How records are opened in PostgreSQL, and what is refused.

#include "store/postgres_store.h"

#include "store/postgres_migrations.h"
#include "tests/postgres/postgres_fixture.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;
using test::run;
using testing::HasSubstr;
using testing::Not;

using PostgresStoreTest = PostgresTest;

TEST_F(PostgresStoreTest, FindsEverythingAfterReopening) {
  {
    const auto store = open();
    ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
    ASSERT_TRUE(run(store->issue(handle(1))));
  }
  const auto store = open();
  EXPECT_EQ(run(store->find(*WorkspaceId::parse("a"))).value(), WorkspaceRecord(workspace("a"), {token(1)}));
  EXPECT_EQ(run(store->find(HandleId(1))).value(), handle(1));
}

TEST_F(PostgresStoreTest, IsMigratedOnceByAllWhoOpenItAtTheSameMoment) {
  std::vector<std::jthread> opening;
  std::vector<std::unique_ptr<PostgresStore>> stores(4);
  for (auto& store : stores) opening.emplace_back([&] { store = open(); });
  opening.clear();
  EXPECT_EQ(execute("SELECT count(*) FROM hubwarden.about"), "1");
  EXPECT_EQ(execute("SELECT version FROM hubwarden.about"), std::to_string(postgres_schema_version()));
  for (std::size_t i = 0; i < stores.size(); ++i)
    EXPECT_TRUE(run(stores[i]->create(workspace("w" + std::to_string(i)), token(i))));
}

TEST_F(PostgresStoreTest, RefusesTheRecordsOfANewerHubwardenAndLeavesThem) {
  open();
  execute("UPDATE hubwarden.about SET version = 99");
  const auto store = try_to_open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(store.error().message(), HasSubstr("newer hubwarden (schema 99"));
  EXPECT_EQ(execute("SELECT version FROM hubwarden.about"), "99");
}

TEST_F(PostgresStoreTest, RefusesTheTablesOfSomebodyElse) {
  execute("CREATE SCHEMA hubwarden; CREATE TABLE hubwarden.workspaces (mine text)");
  const auto store = try_to_open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("already exists"));
  EXPECT_EQ(execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'hubwarden'"), "1");
}

TEST_F(PostgresStoreTest, TakesASchemaThatSomebodyHasMadeForIt) {
  execute("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; CREATE SCHEMA hubwarden AUTHORIZATION plain");
  PostgresOptions options;
  options.url = postgres().url(database, "plain");
  const auto store = PostgresStore::open(options, log);
  EXPECT_TRUE(store) << store.error().message();
}

TEST_F(PostgresStoreTest, ShowsItsPasswordToNobodyElse) {
  execute("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'open sesame'");
  execute("CREATE SCHEMA hubwarden AUTHORIZATION guarded");
  PostgresOptions options;
  options.url = postgres().url(database, "guarded");
  options.start_within = std::chrono::seconds(3);
  options.password = SharedSecret("open barley");
  const auto refused = PostgresStore::open(options, log);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("password authentication failed"));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("barley")));
  options.password = SharedSecret("open sesame");
  const auto store = PostgresStore::open(options, log);
  ASSERT_TRUE(store) << store.error().message();
  (*store)->follow();
  EXPECT_TRUE(run((*store)->create(workspace("a"), token(1))));
}

TEST_F(PostgresStoreTest, DoesNotRepeatAnUrlThatCannotBeRead) {
  PostgresOptions options;
  options.url = "postgresql://user:hush@host/db?what=ever";
  const auto store = PostgresStore::open(options, log);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::kNotConfigured);
  EXPECT_THAT(store.error().message(), Not(HasSubstr("hush")));
}

TEST_F(PostgresStoreTest, SaysWhichServerIsNotThere) {
  PostgresOptions options;
  options.url = "postgresql:///db?host=/nowhere";
  options.start_within = std::chrono::milliseconds(300);
  const auto store = PostgresStore::open(options, log);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(store.error().message(), HasSubstr("records /nowhere: "));
}

TEST_F(PostgresStoreTest, WaitsForAServerThatStartsAtTheSameTime) {
  postgres().stop();
  Result<std::unique_ptr<PostgresStore>> store = fail(ErrorCode::kInternal, "not opened");
  std::jthread opening([&] { store = try_to_open(); });
  postgres().start();
  opening.join();
  EXPECT_TRUE(store) << store.error().message();
}

// A record that no hubwarden wrote is refused, not repaired by guessing, and does not hide the others.
TEST_F(PostgresStoreTest, NamesADamagedRecord) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  ASSERT_TRUE(run(store->create(workspace("b"), token(2))));
  ASSERT_TRUE(run(store->issue(handle(1))));
  execute("UPDATE hubwarden.workspaces SET permissions = '' WHERE id = 'a'");
  execute("UPDATE hubwarden.handles SET requests = -1");
  const auto found = run(store->find(*WorkspaceId::parse("a")));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kInternal);
  EXPECT_THAT(found.error().message(), HasSubstr("\"a\" is damaged"));
  EXPECT_TRUE(run(store->find(*WorkspaceId::parse("b"))));
  EXPECT_THAT(run(store->find(HandleId(1))).error().message(), HasSubstr("\"0000000000000001\" is damaged"));
}

TEST_F(PostgresStoreTest, KeepsHandlesAndWorkspacesApart) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  ASSERT_TRUE(run(store->issue(handle(1))));
  ASSERT_TRUE(run(store->forget_ended(kNoon + std::chrono::hours(2), 10)));
  EXPECT_TRUE(run(store->find(*WorkspaceId::parse("a"))));
  EXPECT_FALSE(run(store->find(HandleId(1))));
}

TEST_F(PostgresStoreTest, ForgetsChangesThatEverybodyKnows) {
  const auto store = open();
  ASSERT_TRUE(run(store->issue(handle(1))));
  ASSERT_TRUE(run(store->issue(handle(2))));
  execute("UPDATE hubwarden.changes SET made_at = now() - interval '2 days' WHERE seq = 1");
  ASSERT_TRUE(run(store->forget_ended(kNoon, 10)));
  EXPECT_EQ(execute("SELECT string_agg(seq::text, ' ') FROM hubwarden.changes"), "2");
  EXPECT_EQ(execute("SELECT forgotten FROM hubwarden.about"), "1");
}

TEST_F(PostgresStoreTest, ServesManyLoopsAtOnce) {
  const auto store = open();
  std::vector<std::jthread> loops;
  for (std::uint64_t t = 0; t < 4; ++t) {
    loops.emplace_back([&store, t] {
      for (std::uint64_t i = 0; i < 25; ++i) {
        const std::uint64_t n = t * 1000 + i;
        EXPECT_TRUE(run(store->create(workspace("w" + std::to_string(n)), token(n))));
      }
    });
  }
  loops.clear();
  EXPECT_EQ(run(store->list(std::optional<WorkspaceId>(), 1000)).value().size(), 100U);
}

// Each is prepared once on a connection, and nothing of a caller's becomes SQL.
TEST_F(PostgresStoreTest, BindsWhatCallersSay) {
  const auto store = open();
  Handle odd = handle(1);
  odd.issuer = "'; DROP TABLE handles; --";
  odd.operations = "\\x00\"{},$1";
  ASSERT_TRUE(run(store->issue(odd)));
  EXPECT_EQ(run(store->find(HandleId(1))).value(), odd);
}

}  // namespace
}  // namespace hubwarden::store
