#include "catalogue/operation_list.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hubwarden::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Entries = std::vector<std::string_view>;

OperationList list(const Entries& entries) {
  return OperationList::parse(entries).value();
}

bool allows(const OperationList& list, std::string_view name) {
  return list.allows(parse_operation_name(name).value());
}

TEST(OperationList, AllowsByAnIdItsShortNameToo) {
  const OperationList ids = list({"issues/create"});
  EXPECT_TRUE(allows(ids, "issues/create"));
  EXPECT_TRUE(allows(ids, "create_issue"));
  EXPECT_FALSE(allows(ids, "issues/update"));
}

TEST(OperationList, AllowsByAShortNameNothingButItself) {
  const OperationList short_names = list({"create_pull_request_comment"});
  EXPECT_TRUE(allows(short_names, "create_pull_request_comment"));
  EXPECT_FALSE(allows(short_names, "issues/create-comment"));
  EXPECT_FALSE(allows(short_names, "create_issue"));
}

TEST(OperationList, AllowsByReadWhatReadsARepositoryAndNoMore) {
  const OperationList reads = list({"read"});
  for (const Operation& operation : operations()) {
    EXPECT_EQ(reads.allows({operation, std::nullopt}),
              operation.is_read() && operation.path().starts_with("/repos/{owner}/{repo}") &&
                  operation.works_with_installation_token())
        << operation.id();
  }
  EXPECT_TRUE(allows(reads, "repository_issues"));
  EXPECT_FALSE(allows(reads, "create_issue"));
  EXPECT_FALSE(allows(reads, "orgs/get"));
  EXPECT_FALSE(allows(reads, "repos/get-pages-health-check"));  // GET, but needs write access
  EXPECT_FALSE(reads.has_writes());
}

TEST(OperationList, AllowsWritesOnlyByName) {
  const OperationList mixed = list({"read", "create_check_run"});
  EXPECT_TRUE(mixed.has_writes());
  for (const Operation& operation : operations()) {
    if (!operation.is_read()) {
      EXPECT_FALSE(mixed.allows({operation, std::nullopt})) << operation.id();
    }
  }
  EXPECT_TRUE(allows(mixed, "create_check_run"));
}

TEST(OperationList, HasOneTextForEqualLists) {
  const OperationList one = list({"issues/update", "create_issue", "read"});
  const OperationList other = list({"read", "issues/update", "create_issue"});
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.text(), "read,create_issue,issues/update");
  EXPECT_THAT(one.items(), ElementsAre("read", "create_issue", "issues/update"));
  EXPECT_EQ(OperationList::parse_text(one.text()).value(), one);
  EXPECT_FALSE(one == list({"read"}));
}

TEST(OperationList, RefusesWhatItCannotMean) {
  struct Case {
    Entries entries;
    const char* message;
  };
  const Case kCases[] = {
      {{}, "at least one"},
      {{"read", "issues/creat"}, "\"issues/creat\"; did you mean issues/create?"},
      {{""}, "no operation \"\""},
      {{"Read"}, "no operation \"Read\""},
      {{"read", "read"}, "named twice: \"read\""},
      {{"issues/create", "read", "issues/create"}, "named twice: \"issues/create\""},
      {{"create_issue", "create_issue"}, "named twice: \"create_issue\""},
      {{"gists/create"}, "installation tokens do not work for \"gists/create\""},
      {{"apps/get-authenticated"}, "installation tokens do not work for"},
  };
  for (const Case& one : kCases) {
    const auto parsed = OperationList::parse(one.entries);
    ASSERT_FALSE(parsed) << one.message;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidRequest);
    EXPECT_THAT(parsed.error().message(), HasSubstr(one.message));
  }
  EXPECT_FALSE(OperationList::parse_text(""));
  EXPECT_FALSE(OperationList::parse_text("read,"));
}

TEST(OperationList, TakesAnIdAndItsShortName) {
  EXPECT_EQ(list({"issues/create", "create_issue"}).text(), "create_issue,issues/create");
}

TEST(OperationList, MayNameEveryOperationAndIsBounded) {
  Entries entries;
  for (const Operation& operation : operations()) {
    if (operation.works_with_installation_token()) entries.push_back(operation.id());
  }
  EXPECT_EQ(list(entries).items().size(), entries.size());
  entries.resize(OperationList::kMaxEntries + 1, "read");
  EXPECT_THAT(OperationList::parse(entries).error().message(), HasSubstr("at most 1500"));
}

TEST(OperationList, TakesAllOperationsOfARepository) {
  Entries entries;
  for (const Operation& operation : operations()) {
    if (operation.works_with_installation_token() && operation.is_of_repository()) {
      entries.push_back(operation.id());
    }
  }
  EXPECT_TRUE(OperationList::parse(entries));
}

}  // namespace
}  // namespace hubwarden::catalogue
