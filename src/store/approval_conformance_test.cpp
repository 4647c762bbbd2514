// What every implementation of ApprovalRecords promises.

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/approval_records.h"
#include "store/conformance_fixture.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using enum ApprovalState;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};
const ApprovalBounds kRoom(100, 1000);

// The n-th of all questions; of one holder each, under one key.
Approval question(std::uint64_t n, std::string agent = "bot") {
  Approval approval(ApprovalId(n), *policy::Repository::parse("Acme/Widgets"), crypto::sha256("asked"));
  approval.holder = "session " + std::to_string(n);
  approval.key = "key-1";
  approval.agent = std::move(agent);
  approval.session = R"({"sid":"0123456789abcdef"})";
  approval.rule = "mergers";
  approval.from = {"maintainers", "security"};
  approval.operation = "pulls/merge";
  approval.parameters = R"({"pull_number":7,"body":{"title":"\u0000\u00e9 \"x\""}})";
  approval.ttl = minutes(5);
  approval.created_at = kNoon;
  approval.expires_at = kNoon + minutes(5);
  return approval;
}

ApprovalChange decision(ApprovalState to, TimePoint at) {
  ApprovalChange change(to, at);
  change.by = "sso ada";
  change.as = "security";
  change.reason = "looks good";
  if (to == kApproved) change.expires_at = at + minutes(5);
  return change;
}

class ApprovalRecordsTest : public testing::TestWithParam<Backend<OpenedApprovals>> {
 protected:
  bool ask(Approval wanted) { return run(records_.ask(std::move(wanted), kRoom)).has_value(); }
  bool settle(std::uint64_t n, ApprovalChange change) {
    return run(records_.settle(ApprovalId(n), std::move(change)))->is_done;
  }
  Approval found(std::uint64_t n) { return run(records_.find(ApprovalId(n))).value(); }
  std::vector<std::uint64_t> ids(const ApprovalQuery& query, std::optional<ApprovalId> after = std::nullopt,
                                 std::size_t limit = 10) {
    const auto page = run(records_.list(query, after, limit));
    return numbers(page.value());
  }
  std::vector<std::uint64_t> expired(TimePoint now, std::size_t limit = 10) {
    const auto over = run(records_.expire(now, limit));
    return numbers(over.value());
  }
  static std::vector<std::uint64_t> numbers(const std::vector<Approval>& approvals) {
    std::vector<std::uint64_t> out;
    for (const Approval& each : approvals) out.push_back(each.id.value());
    return out;
  }

  test::TemporaryDirectory directory_;
  OpenedApprovals opened_ = GetParam().open(directory_);
  ApprovalRecords& records_ = opened_.records;
};

TEST_P(ApprovalRecordsTest, GivesBackWhatWasAsked) {
  EXPECT_EQ(run(records_.ask(question(UINT64_MAX), kRoom)).value(), question(UINT64_MAX));
  EXPECT_EQ(found(UINT64_MAX), question(UINT64_MAX));
  EXPECT_EQ(found(UINT64_MAX).repository.shown(), "Acme/Widgets");
  EXPECT_EQ(run(records_.find(ApprovalId(2))).error().code(), ErrorCode::kNotFound);
}

TEST_P(ApprovalRecordsTest, HaveOneQuestionOfAHolderUnderEachKey) {
  ASSERT_TRUE(ask(question(1)));
  Approval again = question(2);
  again.holder = question(1).holder;
  again.request = crypto::sha256("something else");
  EXPECT_EQ(run(records_.ask(again, kRoom)).value(), question(1));
  again.key = "key-2";
  EXPECT_EQ(run(records_.ask(again, kRoom)).value(), again);
}

TEST_P(ApprovalRecordsTest, AskNothingWhoseIdIsNotNew) {
  ASSERT_TRUE(ask(question(1)));
  Approval same_id = question(1);
  same_id.holder = "session 9";
  EXPECT_EQ(run(records_.ask(same_id, kRoom)).error().code(), ErrorCode::kInternal);
}

TEST_P(ApprovalRecordsTest, HaveRoomForSoManyThatWait) {
  const auto code = [&](const Approval& wanted, const ApprovalBounds& bounds) {
    const auto asked = run(records_.ask(wanted, bounds));
    return asked ? std::nullopt : std::optional(asked.error().code());
  };
  ASSERT_TRUE(ask(question(1, "a")) && ask(question(2, "a")) && ask(question(3, "b")));
  EXPECT_EQ(code(question(4, "a"), ApprovalBounds(2, 10)), ErrorCode::kRateLimited);
  EXPECT_EQ(code(question(4, "c"), ApprovalBounds(2, 3)), ErrorCode::kRateLimited);
  EXPECT_EQ(code(question(1, "a"), ApprovalBounds(2, 3)), std::nullopt) << "it is there already";
  ASSERT_TRUE(settle(1, decision(kDenied, kNoon)));
  EXPECT_EQ(code(question(4, "a"), ApprovalBounds(2, 3)), std::nullopt) << "the answered ones do not wait";
  Approval later = question(5, "a");
  later.created_at = kNoon + hours(1);
  EXPECT_EQ(code(later, ApprovalBounds(1, 1)), std::nullopt) << "nor do those whose time is over";
}

TEST_P(ApprovalRecordsTest, AreDecidedOnce) {
  ASSERT_TRUE(ask(question(1)));
  ASSERT_TRUE(settle(1, decision(kApproved, kNoon + minutes(1))));
  const Approval approved = found(1);
  EXPECT_EQ(approved.state, kApproved);
  EXPECT_EQ(approved.decided_by, "sso ada");
  EXPECT_EQ(approved.decided_as, "security");
  EXPECT_EQ(approved.reason, "looks good");
  EXPECT_EQ(approved.decided_at, kNoon + minutes(1));
  EXPECT_EQ(approved.expires_at, kNoon + minutes(6));
  for (const ApprovalState to : {kApproved, kDenied}) {
    const auto again = run(records_.settle(ApprovalId(1), decision(to, kNoon + minutes(2))));
    EXPECT_FALSE(again->is_done);
    EXPECT_EQ(again->now, approved);
  }
  EXPECT_EQ(run(records_.settle(ApprovalId(9), decision(kDenied, kNoon))).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(ApprovalRecordsTest, AreUsedOnceAndOnlyWhenApproved) {
  ASSERT_TRUE(ask(question(1)) && ask(question(2)));
  EXPECT_FALSE(settle(1, ApprovalChange(kUsed, kNoon)));
  ASSERT_TRUE(settle(1, decision(kApproved, kNoon)) && settle(2, decision(kDenied, kNoon)));
  EXPECT_FALSE(settle(2, ApprovalChange(kUsed, kNoon)));
  EXPECT_TRUE(settle(1, ApprovalChange(kUsed, kNoon + minutes(1))));
  EXPECT_FALSE(settle(1, ApprovalChange(kUsed, kNoon + minutes(1))));
  EXPECT_EQ(found(1).state, kUsed);
  EXPECT_EQ(found(1).decided_by, "sso ada");
}

TEST_P(ApprovalRecordsTest, AreNeitherDecidedNorUsedWhenTheirTimeIsOver) {
  ASSERT_TRUE(ask(question(1)) && ask(question(2)));
  EXPECT_FALSE(settle(1, decision(kApproved, kNoon + minutes(5))));
  ASSERT_TRUE(settle(2, decision(kApproved, kNoon + minutes(4))));
  EXPECT_FALSE(settle(2, ApprovalChange(kUsed, kNoon + minutes(9))));
  EXPECT_TRUE(settle(2, ApprovalChange(kUsed, kNoon + minutes(8))));
}

TEST_P(ApprovalRecordsTest, ExpireOnce) {
  for (std::uint64_t n = 1; n <= 4; ++n) ASSERT_TRUE(ask(question(n)));
  ASSERT_TRUE(settle(2, decision(kApproved, kNoon + minutes(1))));
  ASSERT_TRUE(settle(3, decision(kDenied, kNoon)));
  EXPECT_THAT(expired(kNoon + minutes(4)), IsEmpty());
  EXPECT_EQ(expired(kNoon + minutes(5), 1).size(), 1U);
  EXPECT_EQ(expired(kNoon + minutes(5)).size(), 1U);
  EXPECT_THAT(expired(kNoon + minutes(6)), ElementsAre(2));
  EXPECT_THAT(expired(kNoon + minutes(6)), IsEmpty());
  EXPECT_EQ(found(1).state, kExpired);
  EXPECT_EQ(found(3).state, kDenied);
}

TEST_P(ApprovalRecordsTest, AreForgottenByTheirTime) {
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(ask(question(n)));
  ASSERT_TRUE(settle(2, decision(kApproved, kNoon + minutes(1))));
  EXPECT_EQ(run(records_.forget_approvals(kNoon + minutes(5), 10)).value(), 0U);
  EXPECT_EQ(run(records_.forget_approvals(kNoon + minutes(6), 1)).value(), 1U);
  EXPECT_EQ(run(records_.forget_approvals(kNoon + minutes(6), 10)).value(), 1U);
  EXPECT_THAT(ids(ApprovalQuery(kNoon)), ElementsAre(2));
}

TEST_P(ApprovalRecordsTest, AreListedByIdPageByPage) {
  for (const std::uint64_t n : {std::uint64_t(0x100), std::uint64_t(2), UINT64_MAX, std::uint64_t(0x10)})
    ASSERT_TRUE(ask(question(n)));
  const ApprovalQuery all(kNoon);
  EXPECT_THAT(ids(all, std::nullopt, 2), ElementsAre(2, 0x10));
  EXPECT_THAT(ids(all, ApprovalId(0x10), 2), ElementsAre(0x100, UINT64_MAX));
  EXPECT_THAT(ids(all, ApprovalId(UINT64_MAX)), IsEmpty());
  EXPECT_EQ(run(records_.list(all, std::nullopt, 1))->front().parameters, "");
}

TEST_P(ApprovalRecordsTest, AreListedByWhatTheyAreByNow) {
  for (std::uint64_t n = 1; n <= 4; ++n) ASSERT_TRUE(ask(question(n)));
  ASSERT_TRUE(settle(2, decision(kApproved, kNoon)) && settle(3, decision(kDenied, kNoon)));
  ASSERT_TRUE(settle(4, decision(kApproved, kNoon)) && settle(4, ApprovalChange(kUsed, kNoon)));
  const auto in = [&](ApprovalState state, TimePoint now) {
    ApprovalQuery query(now);
    query.state = state;
    return ids(query);
  };
  EXPECT_THAT(in(kPending, kNoon), ElementsAre(1));
  EXPECT_THAT(in(kApproved, kNoon), ElementsAre(2));
  EXPECT_THAT(in(kExpired, kNoon), IsEmpty());
  EXPECT_THAT(in(kPending, kNoon + minutes(5)), IsEmpty());
  EXPECT_THAT(in(kExpired, kNoon + minutes(5)), ElementsAre(1, 2));
  EXPECT_THAT(in(kDenied, kNoon + minutes(5)), ElementsAre(3));
  EXPECT_THAT(in(kUsed, kNoon + minutes(5)), ElementsAre(4));
}

TEST_P(ApprovalRecordsTest, AreListedForTheGroupsThatTheyAsk) {
  ASSERT_TRUE(ask(question(1)));
  Approval other = question(2);
  other.from = {"main"};
  ASSERT_TRUE(ask(other));
  const auto of = [&](std::vector<std::string> groups) {
    ApprovalQuery query(kNoon);
    query.groups = std::move(groups);
    return ids(query);
  };
  EXPECT_THAT(of({"security"}), ElementsAre(1));
  EXPECT_THAT(of({"nobody", "maintainers"}), ElementsAre(1));
  EXPECT_THAT(of({"main", "security"}), ElementsAre(1, 2));
  EXPECT_THAT(of({"main"}), ElementsAre(2)) << "not what begins like it";
  EXPECT_THAT(of({}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Every, ApprovalRecordsTest, testing::ValuesIn(approval_backends()), NameOfBackend());

}  // namespace
}  // namespace hubwarden::store
