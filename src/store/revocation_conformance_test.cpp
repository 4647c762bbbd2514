// What every implementation of RevocationRecords promises.

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/conformance_fixture.h"
#include "store/revocation_records.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using std::chrono::hours;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

Revocation of_agent(std::uint64_t n, std::string agent) {
  Revocation revocation(RevocationId(n), RevokedKind::kAgent, std::move(agent), kNoon);
  revocation.made_by = "admin";
  return revocation;
}

// A credential's, which ends by itself.
Revocation of_session(std::uint64_t n, TimePoint ends_at) {
  Revocation revocation(RevocationId(n), RevokedKind::kSession, "session " + std::to_string(n), kNoon);
  revocation.ends_at = ends_at;
  return revocation;
}

class RevocationRecordsTest : public testing::TestWithParam<Backend<OpenedRevocations>> {
 protected:
  Revocation revoke(Revocation wanted) { return run(records_.revoke(std::move(wanted))).value(); }
  std::vector<std::uint64_t> ids(std::optional<RevocationId> after, std::size_t limit) {
    std::vector<std::uint64_t> out;
    const auto page = run(records_.list(after, limit));
    for (const Revocation& each : page.value()) out.push_back(each.id.value());
    return out;
  }

  test::TemporaryDirectory directory_;
  OpenedRevocations opened_ = GetParam().open(directory_);
  RevocationRecords& records_ = opened_.records;
};

TEST_P(RevocationRecordsTest, GivesBackWhatWasRevoked) {
  Revocation full(RevocationId(UINT64_MAX), RevokedKind::kRepository, "Acme/Widgets", kNoon);
  full.within = "0000000000000001/0000000000000002";
  full.host = "ghe.example.com:8443";
  full.repository = RepositoryId(42);
  full.installation = InstallationId(7);
  full.made_by = "session 18";
  full.reason = "it pushed to main; \"so we stopped it\"";
  full.ends_at = kNoon + hours(1);
  EXPECT_EQ(revoke(full), full);
  EXPECT_EQ(run(records_.find(RevocationId(UINT64_MAX))).value(), full);
}

TEST_P(RevocationRecordsTest, EveryKindIsKept) {
  constexpr RevokedKind kAllKinds[] = {
      RevokedKind::kSession,    RevokedKind::kGrant, RevokedKind::kWorkspace, RevokedKind::kAgent,
      RevokedKind::kRepository, RevokedKind::kApp,   RevokedKind::kAll};
  std::uint64_t n = 0;
  for (const RevokedKind kind : kAllKinds) {
    const Revocation wanted(RevocationId(++n), kind, "subject", kNoon);
    revoke(wanted);
    EXPECT_EQ(run(records_.find(RevocationId(n))).value(), wanted) << to_string(kind);
  }
}

TEST_P(RevocationRecordsTest, WhatSaysTheSameIsThereOnce) {
  revoke(of_agent(1, "robo"));
  EXPECT_EQ(revoke(of_agent(2, "robo")).id, RevocationId(1));
  EXPECT_EQ(revoke(of_agent(3, "other")).id, RevocationId(3));
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(1, 3));
}

TEST_P(RevocationRecordsTest, WhatWasLiftedCanBeRevokedAgain) {
  revoke(of_agent(1, "robo"));
  EXPECT_TRUE(run(records_.lift(RevocationId(1), kNoon + hours(1))));
  EXPECT_EQ(run(records_.find(RevocationId(1)))->lifted_at, kNoon + hours(1));
  EXPECT_EQ(revoke(of_agent(2, "robo")).id, RevocationId(2));
}

TEST_P(RevocationRecordsTest, LiftingAgainKeepsTheFirstTime) {
  revoke(of_agent(1, "robo"));
  EXPECT_TRUE(run(records_.lift(RevocationId(1), kNoon + hours(1))));
  EXPECT_TRUE(run(records_.lift(RevocationId(1), kNoon + hours(2))));
  EXPECT_EQ(run(records_.find(RevocationId(1)))->lifted_at, kNoon + hours(1));
}

TEST_P(RevocationRecordsTest, WhatIsNotThereCannotBeLiftedOrFound) {
  EXPECT_EQ(run(records_.lift(RevocationId(1), kNoon)).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(run(records_.find(RevocationId(1))).error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(run(records_.outcomes(RevocationId(1))).value(), IsEmpty());
}

TEST_P(RevocationRecordsTest, AnIdIsNewOrRefused) {
  revoke(of_agent(1, "robo"));
  EXPECT_EQ(run(records_.revoke(of_agent(1, "other"))).error().code(), ErrorCode::kInternal);
}

TEST_P(RevocationRecordsTest, ListsInPages) {
  for (const std::uint64_t n : {5, 1, 3, 2, 4}) revoke(of_agent(n, "agent " + std::to_string(n)));
  EXPECT_THAT(ids(std::nullopt, 2), ElementsAre(1, 2));
  EXPECT_THAT(ids(RevocationId(2), 2), ElementsAre(3, 4));
  EXPECT_THAT(ids(RevocationId(4), 2), ElementsAre(5));
}

TEST_P(RevocationRecordsTest, ForgetsWhatIsOverTheLongestOverFirst) {
  revoke(of_session(1, kNoon + hours(3)));
  revoke(of_session(2, kNoon + hours(1)));
  revoke(of_agent(3, "lifted"));
  revoke(of_agent(4, "stands"));
  EXPECT_TRUE(run(records_.lift(RevocationId(3), kNoon + hours(2))));
  EXPECT_EQ(run(records_.forget_over(kNoon + hours(10), 2)).value(), 2U);
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(1, 4));
  EXPECT_EQ(run(records_.forget_over(kNoon + hours(10), 2)).value(), 1U);
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(4));
}

TEST_P(RevocationRecordsTest, KeepsWhatEachReplicaDidLast) {
  revoke(of_agent(1, "robo"));
  RevocationOutcome mine(RevocationId(1), ReplicaId(7), kNoon);
  mine.left_over = {"ghs_0123456789ab until noon"};
  ASSERT_TRUE(run(records_.note_outcome(mine)));
  mine.revoked = 2;
  mine.left_over = {"ghs_0123456789ab until noon", "ghs_ba9876543210 until one"};
  const RevocationOutcome others(RevocationId(1), ReplicaId(6), kNoon + hours(1));
  ASSERT_TRUE(run(records_.note_outcome(mine)));
  ASSERT_TRUE(run(records_.note_outcome(others)));
  EXPECT_THAT(run(records_.outcomes(RevocationId(1))).value(), ElementsAre(others, mine));
}

TEST_P(RevocationRecordsTest, OutcomesGoWithTheirRevocation) {
  revoke(of_session(1, kNoon));
  ASSERT_TRUE(run(records_.note_outcome(RevocationOutcome(RevocationId(1), ReplicaId(7), kNoon))));
  EXPECT_EQ(run(records_.forget_over(kNoon + hours(1), 10)).value(), 1U);
  EXPECT_TRUE(run(records_.note_outcome(RevocationOutcome(RevocationId(1), ReplicaId(7), kNoon))));
  EXPECT_THAT(run(records_.outcomes(RevocationId(1))).value(), IsEmpty());
}

TEST_P(RevocationRecordsTest, TellsOfEveryChangeBeforeItsCallerKnows) {
  std::vector<std::pair<std::uint64_t, std::string>> told;
  opened_.feed.observe([&told](RevocationId id, const std::optional<Revocation>& now) {
    const std::string state = !now ? "forgotten" : now->lifted_at ? "lifted" : now->subject;
    told.emplace_back(id.value(), state);
  });
  revoke(of_agent(1, "robo"));
  ASSERT_TRUE(run(records_.lift(RevocationId(1), kNoon)));
  ASSERT_TRUE(run(records_.forget_over(kNoon + hours(1), 10)));
  using Told = std::pair<std::uint64_t, std::string>;
  EXPECT_THAT(told, ElementsAre(Told(1, "robo"), Told(1, "lifted"), Told(1, "forgotten")));
}

INSTANTIATE_TEST_SUITE_P(Backends, RevocationRecordsTest, testing::ValuesIn(revocation_backends()),
                         NameOfBackend());

}  // namespace
}  // namespace hubwarden::store
