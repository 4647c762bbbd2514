#include "delivery/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<Query> parse(std::string_view text) {
  return Query::parse(text, {"repo", "host"});
}

TEST(Query, GivesTheDecodedValuesOfANameInTheirOrder) {
  const Result<Query> query = parse("repo=acme%2Fwidgets&host=github.com&repo=acme/gadgets&repo=");
  ASSERT_TRUE(query.has_value());
  EXPECT_THAT(query->all("repo"), ElementsAre("acme/widgets", "acme/gadgets", ""));
  EXPECT_EQ(*query->one("host"), "github.com");
}

TEST(Query, IsEmptyWithoutText) {
  const Result<Query> query = parse("");
  ASSERT_TRUE(query.has_value());
  EXPECT_TRUE(query->empty());
  EXPECT_THAT(query->all("repo"), IsEmpty());
  EXPECT_EQ(*query->one("host"), std::nullopt);
}

TEST(Query, TakesANameWithoutAValueAsEmpty) {
  EXPECT_EQ(*parse("host")->one("host"), "");
  EXPECT_EQ(*parse("host=a=b")->one("host"), "a=b");
}

TEST(Query, RefusesWhatItDoesNotKnowByName) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"repos=acme/widgets", "\"repos\""},
      {"REPO=x", "\"REPO\""},
      {"repo=x&", "\"\""},
      {"&repo=x", "\"\""},
      {"re%70os=x", "\"repos\""},
      {"repo=%", "escape"},
      {"repo=%zz", "escape"},
      {"repo=%00", "escape"},
      {"a%0d%0ab=x", "\"ab\""},
      {"=x", "\"\""},
      {"repo%5b%5d=x", "\"repo[]\""},
  };
  for (const auto& [text, named] : rows) {
    const Result<Query> query = parse(text);
    ASSERT_FALSE(query.has_value()) << text;
    EXPECT_EQ(query.error().code(), ErrorCode::kInvalidRequest) << text;
    EXPECT_THAT(query.error().message(), HasSubstr(std::string(named))) << text;
  }
}

TEST(Query, RefusesToChooseBetweenTwoValues) {
  const Result<Query> query = parse("host=a&host=b");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->one("host").error().code(), ErrorCode::kInvalidRequest);
  EXPECT_THAT(query->one("host").error().message(), HasSubstr("\"host\""));
}

TEST(Query, HoldsAsManyParametersAsATokenMayHaveRepositoriesAndNoMore) {
  std::string text = "host=x";
  for (int i = 1; i < 510; ++i) text += "&repo=acme/r" + std::to_string(i);
  EXPECT_TRUE(parse(text).has_value());
  EXPECT_FALSE(parse(text + "&repo=acme/one").has_value());
}

TEST(Query, ShowsNoMoreOfAnUnknownNameThanALineHolds) {
  EXPECT_LT(parse(std::string(30'000, 'x') + "=1").error().message().size(), 200U);
}

}  // namespace
}  // namespace hubwarden::delivery
