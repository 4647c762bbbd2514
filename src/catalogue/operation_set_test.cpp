#include "catalogue/operation_set.h"

#include <gtest/gtest.h>

#include "catalogue/operation_list.h"

namespace hubwarden::catalogue {
namespace {

OperationSet set(const std::vector<std::string>& entries) {
  const Result<OperationSet> parsed = OperationSet::parse(entries);
  EXPECT_TRUE(parsed) << parsed.error().message();
  return parsed.value_or(OperationSet());
}

bool has(const std::vector<std::string>& entries, std::string_view name) {
  return set(entries).has(*parse_operation_name(name));
}

TEST(OperationSet, HasWhatItsEntriesName) {
  EXPECT_TRUE(has({"issues/create"}, "issues/create"));
  EXPECT_TRUE(has({"issues/create"}, "create_issue"));
  EXPECT_FALSE(has({"issues/create"}, "issues/update"));
  EXPECT_TRUE(has({"create_issue"}, "create_issue"));
  EXPECT_FALSE(has({"create_issue"}, "issues/create")) << "it is more than its short name";
  EXPECT_TRUE(has({"pulls/*"}, "pulls/merge"));
  EXPECT_TRUE(has({"pulls/*"}, "pull_request_metadata"));
  EXPECT_FALSE(has({"pulls/*"}, "repos/get"));
  EXPECT_TRUE(has({"read"}, "repos/get"));
  EXPECT_TRUE(has({"read"}, "repository_metadata"));
  EXPECT_FALSE(has({"read"}, "repos/delete"));
  EXPECT_TRUE(has({"write"}, "repos/delete"));
  EXPECT_FALSE(has({"write"}, "repos/get"));
  EXPECT_FALSE(has({}, "repos/get"));
}

TEST(OperationSet, MeansByReadWhatHandlesMean) {
  const OperationSet reads = set({"read"});
  const OperationList list = OperationList::reads();
  for (const Operation& operation : operations()) {
    const Named named{operation, std::nullopt};
    EXPECT_EQ(reads.has(named), list.allows(named)) << operation.id();
  }
}

TEST(OperationSet, KnowsEachOperation) {
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(OperationSet::all().has(Named{operation, std::nullopt})) << operation.id();
    const std::string_view id = operation.id();
    EXPECT_TRUE(has({std::string(id.substr(0, id.find('/'))) + "/*"}, id));
  }
  EXPECT_EQ(OperationSet::all().size(), operations().size() + short_names().size());
}

TEST(OperationSet, ListsItsOperations) {
  const auto ids = [](const std::vector<std::string>& entries) {
    std::vector<std::string_view> found;
    for (const Operation& operation : set(entries).operations()) found.push_back(operation.id());
    return found;
  };
  EXPECT_EQ(ids({"repos/get", "create_issue", "pulls/get"}),
            (std::vector<std::string_view>{"issues/create", "pulls/get", "repos/get"}));
  EXPECT_TRUE(ids({}).empty());
  EXPECT_EQ(OperationSet::all().operations().size(), operations().size());
}

TEST(OperationSet, IsASet) {
  const OperationSet some = set({"read", "pulls/*"});
  const OperationSet never = set({"pulls/merge", "repos/delete"});
  EXPECT_FALSE(some.without(never).has(*parse_operation_name("pulls/merge")));
  EXPECT_TRUE(some.without(never).is_within(some));
  EXPECT_FALSE(some.is_within(some.without(never)));
  EXPECT_EQ(some.within(never), set({"pulls/merge"}));
  EXPECT_EQ(some.with(never).without(never), some.without(never));
  EXPECT_TRUE(OperationSet().is_within(never));
  EXPECT_EQ(set({"read"}).within(set({"write"})), OperationSet());
}

TEST(OperationSet, SaysWhatItDoesNotKnow) {
  for (const std::string entry : {"", "reads", "issues/craete", "nothing/*", "*", "*/*", "/*", "Pulls/*"}) {
    const Result<OperationSet> parsed = OperationSet::of(entry);
    ASSERT_FALSE(parsed) << entry;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidRequest);
  }
  EXPECT_NE(OperationSet::of("issues/craete").error().message().find("issues/create"), std::string::npos);
}

}  // namespace
}  // namespace hubwarden::catalogue
