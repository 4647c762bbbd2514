// A PostgreSQL that is restarted, hangs, or cuts connections.

#include "tests/postgres/postgres_fixture.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;
using std::chrono::seconds;
using test::run;

class AwayTest : public PostgresTest {
 protected:
  ~AwayTest() override { postgres().go_on(); }

  static Duration time_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - begin;
  }
  // All that others have to this database.
  void cut_connections() const {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
  bool is_asked(const std::string& query) const {
    return execute(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
               "pid <> pg_backend_pid() AND state = 'active' AND query LIKE '" +
               query + "'") != "0";
  }
};

TEST_F(AwayTest, ARestartIsNoticedByNobodyWhoCanWait) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  for (std::uint64_t n = 2; n < 5; ++n) {
    postgres().stop();
    Result<> added = fail(ErrorCode::kInternal, "not asked");
    std::jthread asking([&] { added = run(store->add_token(*WorkspaceId::parse("a"), token(n))); });
    postgres().start();
    asking.join();
    EXPECT_TRUE(added) << added.error().message();
    EXPECT_EQ(run(store->find(*WorkspaceId::parse("a")))->tokens.size(), n);
  }
}

TEST_F(AwayTest, WithoutAServerRecordsAreUnavailableUntilItIsBack) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  EXPECT_EQ(store->state(), "ok");
  postgres().stop();
  const Result<> refused = run(store->create(workspace("b"), token(2)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message(), "the records cannot be reached");
  EXPECT_TRUE(refused.error().retry_after());
  EXPECT_EQ(run(store->find(HandleId(1))).error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(comes_true([&] { return store->state() == "degraded"; }));
  postgres().start();
  EXPECT_TRUE(comes_true([&] { return store->state() == "ok"; }));
  EXPECT_TRUE(run(store->create(workspace("b"), token(2))));
  EXPECT_EQ(log.count("records.away"), 1U);
  EXPECT_EQ(log.count("records.back"), 1U);
}

TEST_F(AwayTest, AServerThatHangsHoldsUpNobodyForLong) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  postgres().pause();
  const Duration lasted = time_of([&] {
    std::vector<std::jthread> callers;
    for (std::uint64_t n = 2; n < 12; ++n) {
      callers.emplace_back([&, n] {
        const Result<> refused = run(store->create(workspace("b" + std::to_string(n)), token(n)));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
      });
    }
  });
  EXPECT_LT(lasted, seconds(5));
  EXPECT_TRUE(comes_true([&] { return store->state() == "degraded"; }));
  postgres().go_on();
  EXPECT_TRUE(comes_true([&] { return store->state() == "ok"; }));
  EXPECT_TRUE(run(store->create(workspace("c"), token(100))));
}

TEST_F(AwayTest, AServerThatHangsDoesNotHoldUpTheStop) {
  const auto store = open();
  ASSERT_TRUE(run(store->create(workspace("a"), token(1))));
  postgres().pause();
  std::vector<std::jthread> callers;
  for (std::uint64_t n = 2; n < 12; ++n)
    callers.emplace_back([&, n] { EXPECT_FALSE(run(store->revoke(HandleId(n), kNoon))); });
  EXPECT_LT(time_of([&] { store->stop(); }), seconds(5));
  EXPECT_EQ(run(store->find(HandleId(1))).error().code(), ErrorCode::kUnavailable);
}

TEST_F(AwayTest, ConnectionsThatWereCutWhileIdleAreMadeAnew) {
  const auto store = open();
  for (std::uint64_t n = 0; n < 10; ++n) {
    cut_connections();
    ASSERT_TRUE(run(store->create(workspace("w" + std::to_string(n)), token(n))));
    cut_connections();
    ASSERT_TRUE(run(store->find(*WorkspaceId::parse("w" + std::to_string(n)))));
  }
  EXPECT_EQ(log.count("records.away"), 0U);
}

// It waits for the lock of changes when its connection is cut: nothing has happened yet.
TEST_F(AwayTest, AChangeThatLostItsConnectionBeforeItsCommitIsMadeOnAnother) {
  const auto store = open();
  const std::unique_ptr<PGconn, decltype(&PQfinish)> other(PQconnectdb(postgres().url(database).c_str()),
                                                           PQfinish);
  PQclear(PQexec(other.get(), "SELECT pg_advisory_lock(1751283556, 2)"));
  Result<> created = fail(ErrorCode::kInternal, "not asked");
  std::jthread asking([&] { created = run(store->create(workspace("a"), token(1))); });
  ASSERT_TRUE(comes_true([&] { return is_asked("BEGIN%"); }));
  cut_connections();  // the lock goes with the other's
  asking.join();
  EXPECT_TRUE(created) << created.error().message();
}

// Nobody knows whether it has happened, and a second attempt would answer that the name is taken.
TEST_F(AwayTest, AChangeThatLostItsConnectionInItsCommitIsUnclearAndNotRepeated) {
  const auto store = open();
  execute(R"sql(
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON hubwarden.workspaces DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait())sql");
  Result<> created;
  std::jthread asking([&] { created = run(store->create(workspace("a"), token(1))); });
  ASSERT_TRUE(comes_true([&] { return is_asked("COMMIT"); }));
  cut_connections();
  asking.join();
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(run(store->find(*WorkspaceId::parse("a"))).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace hubwarden::store
