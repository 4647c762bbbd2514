// The ledger in a PostgreSQL that several replicas write to, and that cuts connections.

#include "tests/postgres/postgres_fixture.h"

namespace hubwarden::store {
namespace {

using test::run;

LedgerSegment segment(std::uint64_t replica, std::uint64_t sequence) {
  LedgerSegment out(ReplicaId(replica), sequence, sequence);
  out.begun_at = out.ended_at = kNoon;
  out.hash = crypto::sha256(std::to_string(replica) + " " + std::to_string(sequence));
  out.fingerprints = {"ghs_…0123456789ab"};
  out.lines = "record " + std::to_string(sequence) + "\n";
  return out;
}

class PostgresLedgerTest : public PostgresTest {
 protected:
  std::string count(const std::string& table) const {
    return execute("SELECT count(*) FROM hubwarden." + table);
  }
};

TEST_F(PostgresLedgerTest, LosesNoSegmentWithItsConnectionAndHasNoneTwice) {
  const auto store = open();
  for (std::uint64_t n = 1; n <= 10; ++n) {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    ASSERT_TRUE(run(store->append(segment(7, n))));
    ASSERT_TRUE(run(store->append(segment(7, n))));
  }
  EXPECT_EQ(count("ledger_segments"), "10");
  EXPECT_EQ(count("ledger_fingerprints"), "10");
}

// A fleet's replicas would wait for each other with every batch.
TEST_F(PostgresLedgerTest, IsWrittenWhileSomebodyHoldsTheLockOfChanges) {
  const auto store = open();
  const std::unique_ptr<PGconn, decltype(&PQfinish)> other(PQconnectdb(postgres().url(database).c_str()),
                                                           PQfinish);
  PQclear(PQexec(other.get(), "SELECT pg_advisory_lock(1751283556, 2)"));
  EXPECT_TRUE(run(store->append(segment(7, 1))));
}

TEST_F(PostgresLedgerTest, TakesSegmentsOfManyReplicasAtOnce) {
  const auto store = open();
  std::vector<std::jthread> replicas;
  for (std::uint64_t replica = 1; replica <= 4; ++replica) {
    replicas.emplace_back([&store, replica] {
      for (std::uint64_t n = 1; n <= 25; ++n) EXPECT_TRUE(run(store->append(segment(replica, n))));
    });
  }
  replicas.clear();
  EXPECT_EQ(count("ledger_segments"), "100");
  EXPECT_EQ(run(store->ledger_heads(10)).value().size(), 4U);
}

}  // namespace
}  // namespace hubwarden::store
