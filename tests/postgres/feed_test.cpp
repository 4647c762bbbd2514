// What one replica changes, all are told of: soon, in order, and whatever happens to their connections.

#include <algorithm>

#include "base/guarded.h"
#include "tests/postgres/postgres_fixture.h"

namespace hubwarden::store {
namespace {

using policy::WorkspaceId;
using std::chrono::seconds;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;

// A replica, and what its observers were told.
class Replica {
 public:
  explicit Replica(std::unique_ptr<PostgresStore> opened) : store_(std::move(opened)) {
    store_->observe([this](const WorkspaceId& id, const std::optional<WorkspaceRecord>& now) {
      std::string line = id.text() + (now ? "" : " gone");
      for (const WorkspaceToken& each : now ? now->tokens : std::vector<WorkspaceToken>())
        line += (each.revoked_at ? " -" : " +") + std::to_string(each.id.value());
      told_.lock()->push_back(line);
    });
    store_->observe([this](HandleId id, const std::optional<Handle>& now) {
      const std::string what = !now ? " gone" : now->revoked_at ? " revoked" : " live";
      told_.lock()->push_back(std::to_string(id.value()) + what);
    });
  }

  PostgresStore* operator->() const { return store_.get(); }
  std::vector<std::string> told() { return *told_.lock(); }
  // Within the second that is promised.
  bool hears(const std::string& line) {
    const auto end = std::chrono::steady_clock::now() + seconds(1);
    while (!knows(line)) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  bool knows(const std::string& line) {
    const std::vector<std::string> all = told();
    return std::ranges::find(all, line) != all.end();
  }

 private:
  Guarded<std::vector<std::string>> told_;
  std::unique_ptr<PostgresStore> store_;
};

class FeedTest : public PostgresTest {
 protected:
  void cut_connections() const {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  Replica a{open()};
  Replica b{open()};
};

TEST_F(FeedTest, TellsEveryReplicaOfEveryChangeInOrder) {
  ASSERT_TRUE(run(a->create(workspace("x"), token(1))));
  EXPECT_TRUE(b.hears("x +1"));
  ASSERT_TRUE(run(b->add_token(*WorkspaceId::parse("x"), token(2))));
  EXPECT_TRUE(b.knows("x +1 +2"));
  EXPECT_TRUE(a.hears("x +1 +2"));
  ASSERT_TRUE(run(a->revoke_token(*WorkspaceId::parse("x"), TokenId(1), kNoon)));
  EXPECT_TRUE(b.hears("x -1 +2"));
  ASSERT_TRUE(run(b->issue(handle(7))));
  EXPECT_TRUE(a.hears("7 live"));
  ASSERT_TRUE(run(a->revoke(HandleId(7), kNoon)));
  EXPECT_TRUE(b.hears("7 revoked"));
  ASSERT_TRUE(run(a->forget_ended(kNoon + std::chrono::hours(1), 10)));
  EXPECT_TRUE(b.hears("7 gone"));
  ASSERT_TRUE(run(a->remove(*WorkspaceId::parse("x"))));
  EXPECT_TRUE(b.hears("x gone"));
  EXPECT_THAT(b.told(), ElementsAre("x +1", "x +1 +2", "x -1 +2", "7 live", "7 revoked", "7 gone", "x gone"));
  EXPECT_EQ(a.told(), b.told());
}

TEST_F(FeedTest, LosesNothingWithItsConnection) {
  for (std::uint64_t n = 0; n < 10; ++n) {
    ASSERT_TRUE(run(a->issue(handle(n))));
    cut_connections();
    ASSERT_TRUE(run(a->revoke(HandleId(n), kNoon)));
    EXPECT_TRUE(b.hears(std::to_string(n) + " revoked"));
  }
}

TEST_F(FeedTest, TellsWhatHappenedWhileAReplicaWasCutOff) {
  postgres().stop();
  ASSERT_TRUE(comes_true([&] { return b->state() == "degraded" && a->state() == "degraded"; }));
  postgres().start();
  execute("INSERT INTO hubwarden.changes (kind, id) VALUES ('workspace', 'was-removed')");
  EXPECT_TRUE(comes_true([&] { return b.knows("was-removed gone"); }));
}

TEST_F(FeedTest, LooksByItselfWhereNotificationsAreLost) {
  execute(
      "INSERT INTO hubwarden.changes (kind, id) VALUES ('handle', '000000000000000a')");  // notifies nobody
  EXPECT_TRUE(b.hears("10 gone"));
}

// A transaction that has drawn a smaller number and commits later would be passed over. So there is none:
// the lock lets the second begin when the first has ended.
TEST_F(FeedTest, PassesOverNoTransactionThatCommitsLate) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> slow(PQconnectdb(postgres().url(database).c_str()),
                                                          PQfinish);
  const auto say = [&](const char* sql) { PQclear(PQexec(slow.get(), sql)); };
  say("BEGIN; SELECT pg_advisory_xact_lock(1751283556, 2)");
  say("INSERT INTO hubwarden.changes (kind, id) VALUES ('workspace', 'early')");
  std::jthread quick([&] { EXPECT_TRUE(run(a->create(workspace("late"), token(1)))); });
  ASSERT_TRUE(comes_true([&] {
    return execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "1";
  }));
  EXPECT_THAT(b.told(), IsEmpty());
  say("COMMIT");
  quick.join();
  EXPECT_TRUE(b.hears("late +1"));
  EXPECT_THAT(b.told(), ElementsAre("early gone", "late +1"));
}

TEST_F(FeedTest, TellsOfEachOfManyChangesOfManyReplicas) {
  constexpr std::uint64_t kEach = 40;
  {
    std::vector<std::jthread> writers;
    for (std::uint64_t w = 0; w < 4; ++w) {
      writers.emplace_back([&, w] {
        Replica& replica = w % 2 == 0 ? a : b;
        for (std::uint64_t n = w * 1000; n < w * 1000 + kEach; ++n) {
          EXPECT_TRUE(run(replica->issue(handle(n))));
          EXPECT_TRUE(replica.knows(std::to_string(n) + " live"));
        }
      });
    }
  }
  EXPECT_TRUE(comes_true([&] { return a.told().size() == 4 * kEach && b.told().size() == 4 * kEach; }));
  EXPECT_EQ(a.told(), b.told());
}

TEST_F(FeedTest, TellsWhatHappenedBetweenTheOpeningAndTheFollowing) {
  std::unique_ptr<PostgresStore> opened = try_to_open().value();
  ASSERT_TRUE(run(a->create(workspace("x"), token(1))));
  Replica c(std::move(opened));
  EXPECT_THAT(c.told(), IsEmpty());
  c->follow();
  EXPECT_TRUE(c.hears("x +1"));
}

// What it opened is not known any more: better nothing than too much.
TEST_F(FeedTest, TellsOfADamagedRecordAsOfOneThatIsGone) {
  ASSERT_TRUE(run(a->create(workspace("x"), token(1))));
  ASSERT_TRUE(run(a->create(workspace("y"), token(2))));
  execute(
      "BEGIN; UPDATE hubwarden.workspaces SET permissions = '' WHERE id = 'x'; "
      "INSERT INTO hubwarden.changes (kind, id) VALUES ('workspace', 'x'), ('workspace', 'y'); COMMIT");
  EXPECT_TRUE(b.hears("x gone"));
  EXPECT_TRUE(b.hears("y +2"));
  EXPECT_EQ(log.last("records.damaged").field("workspace"), "x");
}

TEST_F(FeedTest, SaysThatItHasMissedWhatWasForgotten) {
  EXPECT_EQ(b->state(), "ok");
  execute("UPDATE hubwarden.about SET forgotten = 1000");
  EXPECT_TRUE(comes_true([&] { return b->state() == "behind"; }));
  EXPECT_GE(log.count("records.behind"), 1U);
}

TEST_F(FeedTest, BeginsAnewWithRecordsThatWereRestoredFromABackup) {
  ASSERT_TRUE(run(a->issue(handle(1))));
  ASSERT_TRUE(run(a->issue(handle(2))));
  EXPECT_TRUE(b.hears("2 live"));
  execute(
      "BEGIN; DELETE FROM hubwarden.changes WHERE seq = 2; UPDATE hubwarden.handles SET revoked_at = 1 "
      "WHERE id LIKE '%1'; SELECT setval('hubwarden.changes_seq_seq', 1); COMMIT");
  EXPECT_TRUE(comes_true([&] { return b.knows("1 revoked"); }));
  ASSERT_TRUE(run(a->issue(handle(3))));
  EXPECT_TRUE(b.hears("3 live"));
}

}  // namespace
}  // namespace hubwarden::store
