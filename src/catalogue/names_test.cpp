#include "catalogue/names.h"

#include <gmock/gmock.h>

#include <string>

namespace hubwarden::catalogue {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(OperationName, IsGitHubsId) {
  const auto named = parse_operation_name("issues/create");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->operation.id(), "issues/create");
  EXPECT_EQ(named->short_name, std::nullopt);
  EXPECT_EQ(named->name(), "issues/create");
}

TEST(OperationName, IsOneOfSevenShortNames) {
  struct Case {
    const char* name;
    const char* id;
    bool is_read;
  };
  constexpr Case kCases[] = {
      {"pull_request_metadata", "pulls/get", true},
      {"pull_request_files", "pulls/list-files", true},
      {"repository_metadata", "repos/get", true},
      {"repository_issues", "issues/list-for-repo", true},
      {"create_issue", "issues/create", false},
      {"create_pull_request_comment", "issues/create-comment", false},
      {"create_check_run", "checks/create", false},
  };
  ASSERT_EQ(short_names().size(), std::size(kCases));
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const auto named = parse_operation_name(kCases[i].name);
    ASSERT_TRUE(named) << kCases[i].name;
    EXPECT_EQ(named->short_name, short_names()[i]);
    EXPECT_EQ(named->name(), kCases[i].name);
    EXPECT_EQ(named->operation.id(), kCases[i].id);
    EXPECT_EQ(named->operation.is_read(), kCases[i].is_read) << kCases[i].name;
    EXPECT_TRUE(named->operation.is_of_repository()) << kCases[i].name;
    EXPECT_TRUE(named->operation.works_with_installation_token()) << kCases[i].name;
  }
}

TEST(OperationName, IsRefusedByNameWhenThereIsNone) {
  for (const std::string& text :
       {std::string("issues"), std::string(), std::string("ISSUES/CREATE"), std::string("issues/create "),
        std::string("/issues/create"), std::string("repos/../get"), std::string(100'000, 'i')}) {
    const auto named = parse_operation_name(text);
    ASSERT_FALSE(named) << text;
    EXPECT_EQ(named.error().code(), ErrorCode::kInvalidRequest);
    EXPECT_THAT(named.error().message(), HasSubstr("\"" + text.substr(0, 80) + "\""));
    EXPECT_LT(named.error().message().size(), 250);
  }
}

TEST(OperationName, IsRefusedWithoutItsControlCharacters) {
  const auto named = parse_operation_name("issues\n/\x1b[31mcreate\xff");
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message(), HasSubstr("\"issues/[31mcreate\""));
}

TEST(OperationName, SuggestsANearMiss) {
  struct Case {
    const char* text;
    const char* meant;
  };
  constexpr Case kCases[] = {
      {"issues/craete", "issues/create"},
      {"issue/create", "issues/create"},
      {"create_isue", "create_issue"},
      {"repos/get_content", "repos/get-content"},
      {"repository_metdata", "repository_metadata"},
  };
  for (const Case& one : kCases) {
    EXPECT_THAT(parse_operation_name(one.text).error().message(),
                HasSubstr(std::string("; did you mean ") + one.meant + "?"));
  }
  EXPECT_THAT(parse_operation_name("make_coffee").error().message(), Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace hubwarden::catalogue
