#include "auth/revocations.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "auth/workspace_principal.h"
#include "rules/rules_fixture.h"
#include "store/fake_revocation_records.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::auth {
namespace {

using namespace std::chrono_literals;
using hubwarden::testing::VirtualTime;
using store::Revocation;
using store::RevocationId;
using store::RevokedKind;

constexpr TimePoint kNoon{std::chrono::seconds(1'800'000'000)};

class RevocationsTest : public ::testing::Test {
 protected:
  // Of the agent; with the cuts by these ids, each from the one before.
  static SessionPrincipal session(std::uint64_t id, std::vector<std::uint64_t> cuts = {}) {
    Session made(SessionId(id), rules::caller_of("ci", {}));
    made.agent = "robo";
    made.expires_at = kNoon + 10min;
    made.renewable_until = kNoon + 1h;
    for (const std::uint64_t cut : cuts) made.cuts.emplace_back(CutId(cut));
    return {std::move(made), rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>())};
  }
  Result<Revocation> revoke(RevokedKind kind, std::string subject) {
    return time.run(revocations.revoke(RevocationWish(kind, std::move(subject))));
  }
  std::string refusal(const Principal& who) const {
    const Result<> may = revocations.index().check(who);
    return may ? "may" : std::string(to_string(may.error().code())) + ": " + may.error().message();
  }

  VirtualTime time{kNoon};
  SeededRandom random{1};
  store::FakeRevocationRecords records;
  std::vector<std::string> heard;
  Revocations revocations{{records, records, time.clock(), random},
                          [this](RevocationId id, const std::optional<Revocation>& now) {
                            heard.push_back(to_text(id) + (now ? " " + now->subject : " forgotten"));
                          }};
};

TEST_F(RevocationsTest, NobodyIsRefusedWhileNothingIsRevoked) {
  EXPECT_EQ(refusal(session(1)), "may");
  EXPECT_EQ(refusal(session(1, {2, 3})), "may");
}

TEST_F(RevocationsTest, ASessionEndsWithAllThatWasCutFromIt) {
  ASSERT_TRUE(time.run(revocations.give_back(session(1))));
  EXPECT_EQ(refusal(session(1)), "unauthenticated: the session was revoked");
  EXPECT_EQ(refusal(session(1, {2, 3})), "unauthenticated: the session was revoked");
  EXPECT_EQ(refusal(session(4)), "may");
}

TEST_F(RevocationsTest, AGrantEndsWithThoseBelowItAndNobodyElse) {
  ASSERT_TRUE(time.run(revocations.take_back(session(1), CutId(2))));
  EXPECT_EQ(refusal(session(1, {2})), "unauthenticated: the grant was revoked");
  EXPECT_EQ(refusal(session(1, {2, 3})), "unauthenticated: the grant was revoked");
  EXPECT_EQ(refusal(session(1)), "may");
  EXPECT_EQ(refusal(session(1, {3})), "may");
}

TEST_F(RevocationsTest, AGrantGivesItselfBack) {
  ASSERT_TRUE(time.run(revocations.give_back(session(1, {2, 3}))));
  EXPECT_EQ(refusal(session(1, {2, 3})), "unauthenticated: the grant was revoked");
  EXPECT_EQ(refusal(session(1, {2})), "may");
}

TEST_F(RevocationsTest, NobodyEndsWhatIsAboveOrBesideWhatItHolds) {
  ASSERT_TRUE(time.run(revocations.take_back(session(1, {2}), CutId(5))));
  EXPECT_EQ(refusal(session(1, {2, 5})), "unauthenticated: the grant was revoked");
  EXPECT_EQ(refusal(session(1, {4, 5})), "may") << "of another branch";
  EXPECT_EQ(refusal(session(9, {2, 5})), "may") << "of another session";
  ASSERT_TRUE(time.run(revocations.take_back(session(1, {2, 3}), CutId(2))));
  EXPECT_EQ(refusal(session(1, {2})), "may") << "above";
  EXPECT_EQ(refusal(session(1, {2, 3})), "may");
}

TEST_F(RevocationsTest, AnOperatorEndsAnyCredentialByItsId) {
  ASSERT_TRUE(revoke(RevokedKind::kGrant, to_text(CutId(3))));
  EXPECT_EQ(refusal(session(1, {2, 3})), "unauthenticated: the grant was revoked");
  ASSERT_TRUE(revoke(RevokedKind::kSession, to_text(SessionId(1))));
  EXPECT_EQ(refusal(session(1)), "unauthenticated: the session was revoked");
}

TEST_F(RevocationsTest, AnAgentIsStoppedUntilThatIsLifted) {
  const Result<Revocation> stopped = revoke(RevokedKind::kAgent, "robo");
  EXPECT_EQ(refusal(session(1)),
            "forbidden: agent \"robo\" is stopped by an operator (revocation " + to_text(stopped->id) + ")");
  EXPECT_EQ(revocations.index().check(session(1)).error().fix(), Fix::kOperator);
  ASSERT_TRUE(time.run(revocations.lift(stopped->id)));
  EXPECT_EQ(refusal(session(1)), "may");
}

TEST_F(RevocationsTest, AWorkspaceIsStopped) {
  const std::vector<std::string_view> repositories = {"acme/widgets"};
  const auto workspace = std::make_shared<const store::Workspace>(
      *policy::WorkspaceId::parse("w-1"), *policy::RepositoryList::parse(repositories),
      *policy::PermissionSet::parse("contents:read"), kNoon);
  const WorkspacePrincipal who(workspace, store::TokenId(1), nullptr);
  ASSERT_TRUE(revoke(RevokedKind::kWorkspace, "w-2"));
  EXPECT_EQ(refusal(who), "may");
  ASSERT_TRUE(revoke(RevokedKind::kWorkspace, "w-1"));
  EXPECT_THAT(refusal(who), ::testing::HasSubstr("forbidden: workspace w-1 is stopped"));
}

TEST_F(RevocationsTest, EverybodyIsStoppedButTheOperator) {
  ASSERT_TRUE(revoke(RevokedKind::kAll, ""));
  EXPECT_THAT(refusal(session(1)), ::testing::HasSubstr("forbidden: everything is stopped"));
  EXPECT_EQ(refusal(OperatorPrincipal(std::nullopt)), "may") << "who has to lift it";
}

TEST_F(RevocationsTest, ACredentialIsNotRevived) {
  const Result<Revocation> revoked = time.run(revocations.give_back(session(1)));
  EXPECT_EQ(time.run(revocations.lift(revoked->id)).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(time.run(revocations.lift(RevocationId(7))).error().code(), ErrorCode::kNotFound);
}

TEST_F(RevocationsTest, WhatIsOverIsForgottenADayLater) {
  ASSERT_TRUE(time.run(revocations.give_back(session(1))));
  time.advance(24h + 30min);
  ASSERT_TRUE(time.run(revocations.give_back(session(2))));
  EXPECT_EQ(records.revocations.size(), 2U);
  time.advance(1h);
  ASSERT_TRUE(time.run(revocations.give_back(session(3))));
  EXPECT_EQ(records.revocations.size(), 1U) << "both sessions' JWTs ended at one, yesterday";
  EXPECT_EQ(revocations.index().size(), 1U);
}

TEST_F(RevocationsTest, AnOperatorsOfACredentialOutlivesEveryCredential) {
  const Result<Revocation> revoked = revoke(RevokedKind::kSession, to_text(SessionId(1)));
  EXPECT_GE(*revoked->ends_at, kNoon + Session::kMaxLife);
}

TEST_F(RevocationsTest, ASessionRevokesSoManyAndNoMore) {
  for (std::uint64_t n = 0; n < Revocations::kMaxOfSession; ++n) {
    ASSERT_TRUE(time.run(revocations.take_back(session(1), CutId(100 + n))));
  }
  EXPECT_EQ(time.run(revocations.take_back(session(1), CutId(7))).error().code(), ErrorCode::kBudgetExceeded);
  EXPECT_TRUE(time.run(revocations.take_back(session(2), CutId(7)))) << "another's";
  EXPECT_TRUE(time.run(revocations.give_back(session(1)))) << "itself, at any time";
}

TEST_F(RevocationsTest, AreReadWhenHubwardenBegins) {
  const Result<Revocation> stopped = revoke(RevokedKind::kAgent, "robo");
  records.observe({});
  heard.clear();
  Revocations again(
      {records, records, time.clock(), random},
      [this](RevocationId id, const std::optional<Revocation>&) { heard.push_back(to_text(id)); });
  ASSERT_TRUE(time.run(again.load()));
  EXPECT_FALSE(again.index().check(session(1)));
  EXPECT_THAT(heard, ::testing::ElementsAre(to_text(stopped->id)));
}

TEST_F(RevocationsTest, AreNotBegunWithWithoutTheirRecords) {
  records.failure = Error(ErrorCode::kUnavailable, "away");
  EXPECT_FALSE(time.run(revocations.load()));
  EXPECT_EQ(revoke(RevokedKind::kAgent, "robo").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refusal(session(1)), "may");
}

TEST_F(RevocationsTest, AreHeardOfOnceTheyAreInEffect) {
  const Result<Revocation> stopped = revoke(RevokedKind::kRepository, "acme/widgets");
  EXPECT_THAT(heard, ::testing::ElementsAre(to_text(stopped->id) + " acme/widgets"));
}

}  // namespace
}  // namespace hubwarden::auth
