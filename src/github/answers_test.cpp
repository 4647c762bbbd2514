#include "github/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

using Pairs = std::vector<std::pair<std::string, std::string>>;
using http::Method;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");

std::string says(std::string_view message) {
  return R"({"message":")" + std::string(message) +
         R"(","documentation_url":"https://docs.github.com/rest"})";
}

http::Fields fields_of(const Pairs& pairs) {
  http::Fields fields;
  for (const auto& [name, value] : pairs) fields.add(name, value);
  return fields;
}

Result<> meaning_of(Purpose purpose, int status, const Pairs& pairs, std::string_view body) {
  const http::Fields fields = fields_of(pairs);
  const Method method = purpose == Purpose::kMint ? Method::kPost : Method::kGet;
  return classify(Answer(purpose, method, status, fields, body, kNow));
}

constexpr std::string_view kUnicorn = "<!DOCTYPE html>\n<html><title>Unicorn! &middot; GitHub</title></html>";
TEST(Classify, NamesTheClockWhenGitHubBlamesIt) {
  const std::string expired = says(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
      "assertion "
      "expires");
  const std::string far = says("'Expiration time' claim ('exp') is too far in the future");
  const std::string early = says(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  for (const std::string& body : {expired, far, early}) {
    EXPECT_TRUE(blames_the_clock(401, body));
    EXPECT_FALSE(blames_the_clock(403, body));
    EXPECT_THAT(meaning_of(Purpose::kMint, 401, {}, body).error().message(), HasSubstr("clock"));
    EXPECT_TRUE(meaning_of(Purpose::kMint, 401, {}, body).error().blames_clock());
  }
  for (const std::string& body : {says("A JSON web token could not be decoded"), says("Bad credentials"),
                                  says("'Issuer' claim ('iss') must be an Integer"), std::string(kUnicorn)}) {
    EXPECT_FALSE(blames_the_clock(401, body));
    EXPECT_THAT(meaning_of(Purpose::kMint, 401, {}, body).error().message(), Not(HasSubstr("clock")));
  }
}

TEST(Classify, NamesThePermissionThatIsMissing) {
  const Error by_field =
      meaning_of(Purpose::kResource, 403, {{"x-accepted-github-permissions", "issues=write\x01"}},
                 says("Resource not accessible by integration"))
          .error();
  EXPECT_THAT(by_field.message(), HasSubstr("issues=write"));
  EXPECT_THAT(by_field.message(), Not(HasSubstr("\x01")));

  const http::Fields none;
  const std::string body = says("The permissions requested are not granted to this installation.");
  Answer answer(Purpose::kMint, Method::kPost, 422, none, body, kNow);
  answer.asked = "contents:write,issues:read";
  EXPECT_THAT(classify(answer).error().message(), HasSubstr("contents:write,issues:read"));
}

TEST(Classify, NamesWhyARepositoryIsBlocked) {
  const auto message = [](std::string_view body) {
    return meaning_of(Purpose::kResource, 451, {}, body).error().message();
  };
  EXPECT_THAT(message(R"({"message":"Repository access blocked","block":{"reason":"dm\u0007ca"}})"),
              HasSubstr(": dmca"));
  for (const std::string_view body :
       {"", "{", R"({"block":7})", R"({"block":{"reason":{}}})", R"({"block":{}})"}) {
    EXPECT_EQ(message(body), "GitHub has blocked access to the repository") << body;
  }
}

TEST(Classify, GivesGitHubsOwnWordsAsDetailWithoutTokens) {
  const auto detail = [](std::string_view body) {
    return meaning_of(Purpose::kResource, 422, {}, body).error().detail();
  };
  EXPECT_EQ(detail(says("Validation Failed")), "Validation Failed");
  EXPECT_EQ(
      detail(
          R"({"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"},
                      {"message":"no"},7]})"),
      "Validation Failed; title: missing_field; no");
  EXPECT_EQ(detail(says("no ghs_16C7e42F292c6912E7, eyJhbGciOi.x.y or github_pat_11AA here")),
            "no [token], [token] or [token] here");
  EXPECT_EQ(detail(says(std::string(5000, 'a'))).size(), Error::kMaxDetail);
  EXPECT_EQ(detail(R"({"message":"a\u0000\u001b[31mb\r\nc"})"), "a[31mbc");
}

TEST(Classify, SurvivesEveryBody) {
  const std::string deep(100'000, '[');
  const std::string deep_objects = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += R"({"message":)";
    return text;
  }();
  for (const std::string& body :
       {std::string(), std::string("{"), std::string(R"({"message":)"),
        std::string(R"({"message":7,"errors":{}})"), std::string(R"({"message":null})"), std::string("null"),
        std::string("[]"), std::string("\0\xff{", 3), std::string("{\"message\":\"\xff\xfe\"}"), deep,
        deep_objects, std::string(kUnicorn), std::string(1 << 20, '{')}) {
    for (int status = 300; status < 600; ++status) {
      for (const Purpose purpose : {Purpose::kMint, Purpose::kLookUp, Purpose::kApp, Purpose::kResource}) {
        if (status == 304) continue;
        const Result<> meaning =
            meaning_of(purpose, status, {}, body.substr(0, status == 422 ? body.size() : 4096));
        ASSERT_FALSE(meaning.has_value()) << status;
        EXPECT_EQ(meaning.error().detail(), "") << status;
      }
    }
  }
}

TEST(ReplicationLag, MayHideBehindThreeAnswersOnly) {
  const struct {
    int status;
    std::string_view message;
    bool may_be;
  } cases[] = {
      {401, "Bad credentials", true},
      {403, "Resource not accessible by integration", true},
      {404, "Not Found", true},
      {403, "Repository was archived so is read-only.", false},
      {403, "You have exceeded a secondary rate limit", false},
      {422, "Validation Failed", false},
      {500, "Server Error", false},
  };
  for (const auto& c : cases) {
    const Result<> meaning = meaning_of(Purpose::kResource, c.status, {}, says(c.message));
    EXPECT_EQ(may_be_replication_lag(meaning.error()), c.may_be) << c.message;
  }
  EXPECT_FALSE(may_be_replication_lag(Error(ErrorCode::kUpstreamTimeout, "")));
}

}  // namespace
}  // namespace hubwarden::github
