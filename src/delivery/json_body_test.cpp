#include "delivery/json_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_request.h"
#include "tests/support/run_task.h"

namespace hubwarden::delivery {
namespace {

using testing::FakeRequest;
using ::testing::HasSubstr;

Result<boost::json::object> parse(std::string_view text) {
  return parse_json(text, {"id", "permissions"});
}

Result<std::string> read(std::string content_type, std::string body) {
  FakeRequest request(http::Method::kPost, "/", std::move(body));
  if (!content_type.empty()) request.add("Content-Type", std::move(content_type));
  return test::run(json_text(request));
}

TEST(JsonBody, IsOneObjectOfKnownMembers) {
  const auto body = parse(R"( {"id": "a\u00e9", "permissions": {"contents": "write"}} )");
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(*string_member(*body, "id"), "a\u00e9");
  EXPECT_TRUE(parse("{}").has_value());
}

TEST(JsonBody, RefusesEverythingElse) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "not one JSON object"},
      {"[]", "not one JSON object"},
      {"null", "not one JSON object"},
      {"\"id\"", "not one JSON object"},
      {"{\"id\":1} {}", "not one JSON object"},
      {"{\"id\":1", "not one JSON object"},
      {"{\"id\":1,}", "not one JSON object"},
      {"{id:1}", "not one JSON object"},
      {"{\"id\":1}/*x*/", "not one JSON object"},
      {"{\"id\":NaN}", "not one JSON object"},
      {"{\"id\":\"\xff\"}", "not one JSON object"},
      {"{\"id\":\"\\ud800\"}", "not one JSON object"},
      {"\xef\xbb\xbf{\"id\":1}", "not one JSON object"},
      {"{\"id\":1,\"id\":1}", "more than once"},
      {"{\"id\":1,\"i\\u0064\":2}", "more than once"},
      {"{\"id\":-1,\"permissions\":[1.5e3,18446744073709551615,true,null,\"\"],\"id\":0}", "more than once"},
      {"{\"permissions\":{\"a\":1,\"b\":{},\"a\":2}}", "more than once"},
      {"{\"permissions\":[{\"a\":1},{\"a\":1,\"a\":1}]}", "more than once"},
      {"{\"ID\":1}", "\"ID\""},
      {"{\"id\":1,\"name\":2}", "\"name\""},
      {"{\"\":1}", "\"\""},
  };
  for (const auto& [text, told] : rows) {
    const auto body = parse(text);
    ASSERT_FALSE(body.has_value()) << text;
    EXPECT_EQ(body.error().code(), ErrorCode::kInvalidRequest) << text;
    EXPECT_THAT(body.error().message(), HasSubstr(std::string(told))) << text;
  }
}

TEST(JsonBody, TakesTheSameNameInTwoObjects) {
  EXPECT_TRUE(parse(R"({"id":{"a":1,"b":{"a":1}},"permissions":[{"a":1},{"a":1}]})").has_value());
}

TEST(JsonBody, IsNoDeeperThanItsBound) {
  const auto nested = [](std::size_t depth) {
    return "{\"id\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(parse(nested(kMaxJsonDepth)).has_value());
  EXPECT_FALSE(parse(nested(kMaxJsonDepth + 1)).has_value());
  EXPECT_FALSE(parse(nested(400'000)).has_value());
}

// Compared with each other one by one, these would take a minute.
TEST(JsonBody, LooksThroughVeryManyMembersInNoTime) {
  std::string text = "{\"id\":{\"x\":0";
  for (int i = 0; text.size() < kMaxJsonBody - 20; ++i) text += ",\"" + std::to_string(i) + "\":0";
  text += "}}";
  EXPECT_TRUE(parse(text).has_value());
}

TEST(JsonBody, ComesAsJsonAndNothingElse) {
  const std::pair<std::string, bool> rows[] = {
      {"application/json", true},
      {"Application/JSON", true},
      {"application/json; charset=utf-8", true},
      {" application/json ;x", true},
      {"", false},
      {"text/plain", false},
      {"application/x-www-form-urlencoded", false},
      {"application/json-patch+json", false},
      {"text/plain; application/json", false},
  };
  for (const auto& [type, taken] : rows) {
    const Result<std::string> text = read(type, "{}");
    EXPECT_EQ(text.has_value(), taken) << type;
    if (text) continue;
    EXPECT_EQ(text.error().code(), ErrorCode::kUnsupportedMediaType) << type;
  }
}

TEST(JsonBody, IsNoLargerThanItsBound) {
  EXPECT_EQ(read("application/json", std::string(kMaxJsonBody, ' '))->size(), kMaxJsonBody);
  EXPECT_EQ(read("application/json", std::string(kMaxJsonBody + 1, ' ')).error().code(),
            ErrorCode::kTooLarge);
}

TEST(JsonBody, NamesAMemberThatIsMissingOrNoString) {
  const boost::json::object body = {{"number", 1}, {"null", nullptr}, {"list", {"a"}}, {"text", ""}};
  EXPECT_EQ(*string_member(body, "text"), "");
  for (const char* name : {"number", "null", "list", "missing"}) {
    const Result<std::string> member = string_member(body, name);
    ASSERT_FALSE(member.has_value()) << name;
    EXPECT_THAT(member.error().message(), HasSubstr("\"" + std::string(name) + "\""));
  }
}

}  // namespace
}  // namespace hubwarden::delivery
