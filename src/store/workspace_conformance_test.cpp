// What every implementation of WorkspaceRecords promises.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "store/conformance_fixture.h"
#include "store/workspace_records.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using policy::PermissionSet;
using policy::RepositoryList;
using policy::WorkspaceId;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

WorkspaceId id(std::string_view text) {
  return *WorkspaceId::parse(text);
}

Workspace workspace(std::string_view name) {
  constexpr std::string_view kRepositories[] = {"Acme/Widgets", "other-org/.github"};
  return Workspace(id(name), *RepositoryList::parse(kRepositories),
                   *PermissionSet::parse("contents:write,metadata:read"), kNoon);
}

// The n-th of all tokens; distinct in id and digest.
WorkspaceToken token(std::uint64_t n, std::chrono::seconds after = {}) {
  return WorkspaceToken(TokenId(n), crypto::sha256("token " + std::to_string(n)), kNoon + after);
}

class WorkspaceRecordsTest : public testing::TestWithParam<Backend<OpenedWorkspaces>> {
 protected:
  Result<> create(std::string_view name, std::uint64_t n) {
    return run(records_.create(workspace(name), token(n)));
  }
  std::vector<std::string> ids(std::optional<WorkspaceId> after, std::size_t limit) {
    std::vector<std::string> out;
    const auto page = run(records_.list(std::move(after), limit));
    for (const WorkspaceRecord& record : page.value()) out.push_back(record.workspace.id.text());
    return out;
  }

  test::TemporaryDirectory directory_;
  OpenedWorkspaces opened_ = GetParam().open(directory_);
  WorkspaceRecords& records_ = opened_.records;
};

TEST_P(WorkspaceRecordsTest, GivesBackWhatWasCreated) {
  ASSERT_TRUE(create("agent-7", 1));
  const auto found = run(records_.find(id("agent-7")));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, WorkspaceRecord(workspace("agent-7"), {token(1)}));
  EXPECT_EQ(found->workspace.repositories.items()[0].shown(), "Acme/Widgets");
}

TEST_P(WorkspaceRecordsTest, KeepsTheExtremesOfWhatATokenIdAndADigestCanBe) {
  ASSERT_TRUE(create("agent-7", 0));
  WorkspaceToken last(TokenId(UINT64_MAX), crypto::Digest{}, kNoon);
  ASSERT_TRUE(run(records_.add_token(id("agent-7"), last)));
  EXPECT_THAT(run(records_.find(id("agent-7")))->tokens, ElementsAre(token(0), last));
}

TEST_P(WorkspaceRecordsTest, RefusesASecondWorkspaceOfOneName) {
  ASSERT_TRUE(create("agent-7", 1));
  const Result<> again = create("agent-7", 2);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(run(records_.find(id("agent-7")))->tokens, ElementsAre(token(1)));
}

TEST_P(WorkspaceRecordsTest, TellsNamesApartByLetterCase) {
  ASSERT_TRUE(create("agent", 1));
  ASSERT_TRUE(create("Agent", 2));
  EXPECT_THAT(run(records_.find(id("Agent")))->tokens, ElementsAre(token(2)));
}

TEST_P(WorkspaceRecordsTest, CreatesNothingWhenItsTokenIsNotNew) {
  ASSERT_TRUE(create("agent-7", 1));
  const Result<> copy = create("agent-8", 1);  // the same digest under another workspace
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code(), ErrorCode::kInternal);
  EXPECT_EQ(run(records_.find(id("agent-8"))).error().code(), ErrorCode::kNotFound);
}

TEST_P(WorkspaceRecordsTest, AddsAndRevokesTokens) {
  ASSERT_TRUE(create("agent-7", 1));
  ASSERT_TRUE(run(records_.add_token(id("agent-7"), token(2, std::chrono::seconds(1)))));
  ASSERT_TRUE(run(records_.revoke_token(id("agent-7"), TokenId(1), kNoon + std::chrono::seconds(2))));
  WorkspaceToken revoked = token(1);
  revoked.revoked_at = kNoon + std::chrono::seconds(2);
  EXPECT_THAT(run(records_.find(id("agent-7")))->tokens,
              ElementsAre(revoked, token(2, std::chrono::seconds(1))));
}

TEST_P(WorkspaceRecordsTest, KeepsTheTimeOfTheFirstRevocation) {
  ASSERT_TRUE(create("agent-7", 1));
  ASSERT_TRUE(run(records_.revoke_token(id("agent-7"), TokenId(1), kNoon)));
  ASSERT_TRUE(run(records_.revoke_token(id("agent-7"), TokenId(1), kNoon + std::chrono::hours(1))));
  EXPECT_EQ(run(records_.find(id("agent-7")))->tokens[0].revoked_at, kNoon);
}

TEST_P(WorkspaceRecordsTest, BoundsTheTokensOfAWorkspace) {
  ASSERT_TRUE(create("agent-7", 0));
  for (std::uint64_t n = 1; n < kMaxLiveTokens; ++n) {
    ASSERT_TRUE(run(records_.add_token(id("agent-7"), token(n))));
  }
  EXPECT_EQ(run(records_.add_token(id("agent-7"), token(100))).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(run(records_.revoke_token(id("agent-7"), TokenId(3), kNoon)));
  EXPECT_TRUE(run(records_.add_token(id("agent-7"), token(100))));
}

TEST_P(WorkspaceRecordsTest, ForgetsTheOldestRevokedTokensFirst) {
  ASSERT_TRUE(create("agent-7", 0));
  const std::uint64_t last = kMaxRevokedTokens + 5;
  for (std::uint64_t n = 1; n <= last; ++n) {
    const auto when = std::chrono::seconds(n);
    ASSERT_TRUE(run(records_.add_token(id("agent-7"), token(n, when))));
    ASSERT_TRUE(run(records_.revoke_token(id("agent-7"), TokenId(n), kNoon + when)));
  }
  const auto tokens = run(records_.find(id("agent-7")))->tokens;
  ASSERT_EQ(tokens.size(), kMaxRevokedTokens + 1);  // and the live one
  EXPECT_EQ(tokens[0].id, TokenId(0));
  EXPECT_EQ(tokens[1].id, TokenId(6));
  EXPECT_EQ(tokens.back().id, TokenId(last));
}

TEST_P(WorkspaceRecordsTest, RemovesAWorkspaceWithItsTokens) {
  ASSERT_TRUE(create("agent-7", 1));
  ASSERT_TRUE(run(records_.remove(id("agent-7"))));
  EXPECT_EQ(run(records_.find(id("agent-7"))).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(create("agent-7", 2));
  EXPECT_THAT(run(records_.find(id("agent-7")))->tokens, ElementsAre(token(2)));
}

TEST_P(WorkspaceRecordsTest, SaysWhatItDoesNotKnow) {
  ASSERT_TRUE(create("agent-7", 1));
  const auto code = [](const auto& result) { return result.error().code(); };
  EXPECT_EQ(code(run(records_.find(id("nobody")))), ErrorCode::kNotFound);
  EXPECT_EQ(code(run(records_.remove(id("nobody")))), ErrorCode::kNotFound);
  EXPECT_EQ(code(run(records_.add_token(id("nobody"), token(2)))), ErrorCode::kNotFound);
  EXPECT_EQ(code(run(records_.revoke_token(id("nobody"), TokenId(1), kNoon))), ErrorCode::kNotFound);
  EXPECT_EQ(code(run(records_.revoke_token(id("agent-7"), TokenId(2), kNoon))), ErrorCode::kNotFound);
}

TEST_P(WorkspaceRecordsTest, ListsInByteOrderPageByPage) {
  for (const char* name : {"b", "a", "B", "a.1", "a-1", "a_1", "10", "9"}) {
    static std::uint64_t n = 1000;
    ASSERT_TRUE(create(name, n++));
  }
  EXPECT_THAT(ids(std::nullopt, 3), ElementsAre("10", "9", "B"));
  EXPECT_THAT(ids(id("B"), 3), ElementsAre("a", "a-1", "a.1"));
  EXPECT_THAT(ids(id("a.1"), 100), ElementsAre("a_1", "b"));
  EXPECT_THAT(ids(id("a.0"), 1), ElementsAre("a.1"));  // the cursor's own workspace may be gone
  EXPECT_THAT(ids(id("b"), 100), IsEmpty());
}

TEST_P(WorkspaceRecordsTest, TellsTheObserverWhatEachChangeLeftBeforeItsCallerKnows) {
  std::vector<std::string> seen;
  opened_.feed.observe([&](const WorkspaceId& name, const std::optional<WorkspaceRecord>& now) {
    std::string line = name.text();
    if (!now) line += " gone";
    if (now) {
      for (const WorkspaceToken& held : now->tokens) {
        line += (held.revoked_at ? " -" : " +") + std::to_string(held.id.value());
      }
    }
    seen.push_back(line);
  });
  (void)create("a", 1);
  EXPECT_THAT(seen, ElementsAre("a +1"));
  (void)create("a", 9);  // refused: nothing to tell
  (void)run(records_.add_token(id("a"), token(2)));
  (void)run(records_.revoke_token(id("a"), TokenId(1), kNoon));
  (void)run(records_.revoke_token(id("a"), TokenId(7), kNoon));
  (void)run(records_.remove(id("a")));
  EXPECT_THAT(seen, ElementsAre("a +1", "a +1 +2", "a -1 +2", "a gone"));
}

INSTANTIATE_TEST_SUITE_P(Every, WorkspaceRecordsTest, testing::ValuesIn(workspace_backends()),
                         NameOfBackend());

}  // namespace
}  // namespace hubwarden::store
