// What every implementation of HandleRecords promises.

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "store/conformance_fixture.h"
#include "store/handle_records.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using std::chrono::hours;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

// The n-th of all handles; distinct in id and digest.
Handle handle(std::uint64_t n, Duration life = hours(1)) {
  return Handle(HandleId(n), crypto::sha256("handle " + std::to_string(n)), "admin",
                *policy::Repository::parse("Acme/Widgets"), "read,create_issue", kNoon,
                kNoon + std::chrono::duration_cast<TimePoint::duration>(life));
}

class HandleRecordsTest : public testing::TestWithParam<Backend<OpenedHandles>> {
 protected:
  Result<> issue(Handle wanted) { return run(records_.issue(std::move(wanted))); }
  ErrorCode code_of_finding(std::uint64_t n) { return run(records_.find(HandleId(n))).error().code(); }
  std::vector<std::uint64_t> ids(std::optional<HandleId> after, std::size_t limit) {
    std::vector<std::uint64_t> out;
    const auto page = run(records_.list(after, limit));
    for (const Handle& each : page.value()) out.push_back(each.id.value());
    return out;
  }

  test::TemporaryDirectory directory_;
  OpenedHandles opened_ = GetParam().open(directory_);
  HandleRecords& records_ = opened_.records;
};

TEST_P(HandleRecordsTest, GivesBackWhatWasIssued) {
  ASSERT_TRUE(issue(handle(1)));
  const auto found = run(records_.find(HandleId(1)));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, handle(1));
  EXPECT_EQ(found->repository.shown(), "Acme/Widgets");
}

TEST_P(HandleRecordsTest, GivesBackEverythingThatAHandleCanHave) {
  Handle full = handle(UINT64_MAX);
  full.host = *policy::HostName::parse("ghe.example.com:8443");
  full.priority = policy::Priority::kBackground;
  full.limits =
      *policy::BudgetLimits::make(policy::BudgetLimits::kMaxConcurrent, policy::BudgetLimits::kMaxRequests,
                                  policy::BudgetLimits::kMaxBytes);
  full.spent = policy::BudgetSpent(7, 1'234'567'890'123);
  full.revoked_at = kNoon + hours(2);
  ASSERT_TRUE(issue(full));
  EXPECT_EQ(run(records_.find(full.id)).value(), full);
}

TEST_P(HandleRecordsTest, IssuesNothingThatIsNotNew) {
  ASSERT_TRUE(issue(handle(1)));
  Handle same_digest = handle(2);
  same_digest.digest = handle(1).digest;
  EXPECT_EQ(issue(handle(1)).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(issue(same_digest).error().code(), ErrorCode::kInternal);
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(1));
}

TEST_P(HandleRecordsTest, KeepsTheTimeOfTheFirstRevocation) {
  ASSERT_TRUE(issue(handle(1)));
  ASSERT_TRUE(run(records_.revoke(HandleId(1), kNoon)));
  ASSERT_TRUE(run(records_.revoke(HandleId(1), kNoon + hours(1))));
  EXPECT_EQ(run(records_.find(HandleId(1)))->revoked_at, kNoon);
}

TEST_P(HandleRecordsTest, NotesWhatIsSpentOfManyAtOnce) {
  ASSERT_TRUE(issue(handle(1)) && issue(handle(2)) && issue(handle(3)));
  const policy::BudgetSpent much(3, std::numeric_limits<std::int64_t>::max());
  ASSERT_TRUE(run(records_.note_spent({HandleSpent(HandleId(1), policy::BudgetSpent(5, 500)),
                                       HandleSpent(HandleId(9), policy::BudgetSpent(1, 1)),  // gone
                                       HandleSpent(HandleId(3), much)})));
  EXPECT_EQ(run(records_.find(HandleId(1)))->spent, policy::BudgetSpent(5, 500));
  EXPECT_EQ(run(records_.find(HandleId(2)))->spent, policy::BudgetSpent(0, 0));
  EXPECT_EQ(run(records_.find(HandleId(3)))->spent, much);
  EXPECT_EQ(code_of_finding(9), ErrorCode::kNotFound);
}

// Several replicas note the same handle, each what it knows.
TEST_P(HandleRecordsTest, NeverNotesLessThanBefore) {
  ASSERT_TRUE(issue(handle(1)));
  const auto note = [&](std::uint64_t requests, std::uint64_t bytes) {
    const policy::BudgetSpent spent(requests, bytes);
    return run(records_.note_spent({HandleSpent(HandleId(1), spent)})).has_value();
  };
  ASSERT_TRUE(note(5, 500));
  ASSERT_TRUE(note(4, 600));
  EXPECT_EQ(run(records_.find(HandleId(1)))->spent, policy::BudgetSpent(5, 600));
  ASSERT_TRUE(note(9, 400));
  EXPECT_EQ(run(records_.find(HandleId(1)))->spent, policy::BudgetSpent(9, 600));
}

TEST_P(HandleRecordsTest, ForgetsTheLongestEndedFirst) {
  ASSERT_TRUE(issue(handle(1, hours(3))) && issue(handle(2, hours(1))) && issue(handle(3, hours(2))));
  ASSERT_TRUE(issue(handle(4, hours(9))) && issue(handle(5, hours(9))));
  ASSERT_TRUE(run(records_.revoke(HandleId(4), kNoon)));  // ended by that, long before it expires
  EXPECT_EQ(run(records_.forget_ended(kNoon, 10)).value(), 0U);
  EXPECT_EQ(run(records_.forget_ended(kNoon + hours(4), 2)).value(), 2U);
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(1, 3, 5));
  EXPECT_EQ(run(records_.forget_ended(kNoon + hours(4), 10)).value(), 2U);
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(5));
}

TEST_P(HandleRecordsTest, SaysWhatItDoesNotKnow) {
  ASSERT_TRUE(issue(handle(1)));
  EXPECT_EQ(code_of_finding(2), ErrorCode::kNotFound);
  EXPECT_EQ(run(records_.revoke(HandleId(2), kNoon)).error().code(), ErrorCode::kNotFound);
}

TEST_P(HandleRecordsTest, ListsByIdPageByPage) {
  for (const std::uint64_t n : {std::uint64_t(0x100), std::uint64_t(2), UINT64_MAX, std::uint64_t(0x10)})
    ASSERT_TRUE(issue(handle(n)));
  EXPECT_THAT(ids(std::nullopt, 2), ElementsAre(2, 0x10));
  EXPECT_THAT(ids(HandleId(0x10), 2), ElementsAre(0x100, UINT64_MAX));
  EXPECT_THAT(ids(HandleId(0x11), 1), ElementsAre(0x100));  // the cursor's own handle may be gone
  EXPECT_THAT(ids(HandleId(UINT64_MAX), 2), IsEmpty());
}

TEST_P(HandleRecordsTest, TellsTheObserverWhatEachChangeLeftBeforeItsCallerKnows) {
  std::vector<std::string> seen;
  opened_.feed.observe([&](HandleId id, const std::optional<Handle>& now) {
    const std::string what = !now ? " gone" : now->revoked_at ? " revoked" : " live";
    seen.push_back(std::to_string(id.value()) + what);
  });
  ASSERT_TRUE(issue(handle(1)));
  EXPECT_THAT(seen, ElementsAre("1 live"));
  EXPECT_FALSE(issue(handle(1)));  // refused: nothing to tell
  ASSERT_TRUE(run(records_.note_spent({HandleSpent(HandleId(1), policy::BudgetSpent(1, 1))})));
  ASSERT_TRUE(run(records_.revoke(HandleId(1), kNoon)));
  EXPECT_FALSE(run(records_.revoke(HandleId(7), kNoon)));
  ASSERT_TRUE(run(records_.forget_ended(kNoon + hours(1), 10)));
  EXPECT_THAT(seen, ElementsAre("1 live", "1 revoked", "1 gone"));
}

INSTANTIATE_TEST_SUITE_P(Every, HandleRecordsTest, testing::ValuesIn(handle_backends()), NameOfBackend());

}  // namespace
}  // namespace hubwarden::store
