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

struct Case {
  Purpose purpose;
  int status;
  Pairs fields;
  std::string body;
  ErrorCode code;
  Fix fix;
};

Result<> meaning_of(Purpose purpose, int status, const Pairs& pairs, std::string_view body) {
  const http::Fields fields = fields_of(pairs);
  const Method method = purpose == Purpose::kMint ? Method::kPost : Method::kGet;
  return classify(Answer(purpose, method, status, fields, body, kNow));
}

void expect_codes(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const Result<> meaning = meaning_of(c.purpose, c.status, c.fields, c.body);
    ASSERT_FALSE(meaning.has_value()) << c.status << " " << c.body;
    EXPECT_EQ(to_string(meaning.error().code()), to_string(c.code)) << c.status << " " << c.body;
    EXPECT_EQ(to_string(meaning.error().fix()), to_string(c.fix)) << c.status << " " << c.body;
    EXPECT_EQ(meaning.error().upstream_status(), c.status) << c.body;
  }
}

constexpr std::string_view kUnicorn = "<!DOCTYPE html>\n<html><title>Unicorn! &middot; GitHub</title></html>";
constexpr std::string_view kAllowList =
    "Although you appear to have the correct authorization credentials, the `ORG` organization has an IP "
    "allow list "
    "enabled, and your IP address is not permitted to access this resource.";

TEST(Classify, TakesEverySuccessAsSuch) {
  for (const int status : {200, 201, 202, 204, 206, 304}) {
    EXPECT_TRUE(meaning_of(Purpose::kResource, status, {{"x-ratelimit-remaining", "0"}}, "").has_value())
        << status;
  }
}

TEST(Classify, KnowsEveryFailureOfTheAppsJwt) {
  std::vector<Case> cases;
  for (const Purpose purpose : {Purpose::kMint, Purpose::kLookUp, Purpose::kApp}) {
    for (const std::string_view message :
         {"'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
          "assertion expires",
          "'Expiration time' claim ('exp') is too far in the future",
          "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
          "A JSON web token could not be decoded", "'Issuer' claim ('iss') must be an Integer",
          "Bad credentials"}) {
      cases.push_back({purpose, 401, {}, says(message), ErrorCode::kUpstreamAuth, Fix::kOperator});
    }
  }
  expect_codes(cases);
}

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

TEST(Classify, KnowsEveryFailureOfAMint) {
  const Purpose mint = Purpose::kMint;
  expect_codes({
      {mint, 400, {}, says("Problems parsing JSON"), ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {mint, 400, {}, says("Body should be a JSON object"), ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {mint,
       403,
       {},
       says("This installation has been suspended"),
       ErrorCode::kInstallationSuspended,
       Fix::kOperator},
      {mint, 403, {}, says(kAllowList), ErrorCode::kForbidden, Fix::kOperator},
      {mint, 404, {}, says("Not Found"), ErrorCode::kAppNotInstalled, Fix::kOperator},
      {mint,
       422,
       {},
       says("There is at least one repository that does not exist or is not accessible to the parent "
            "installation."),
       ErrorCode::kAppNotInstalled,
       Fix::kOperator},
      {mint,
       422,
       {},
       says("The permissions requested are not granted to this installation."),
       ErrorCode::kPermissionNotGranted,
       Fix::kOperator},
      {mint,
       422,
       {},
       says("The level of access for permissions requested are not granted to this installation."),
       ErrorCode::kPermissionNotGranted,
       Fix::kOperator},
      {mint, 422, {}, says("Validation Failed"), ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {mint, 500, {}, says("Server Error"), ErrorCode::kUpstreamUnavailable, Fix::kWait},
      {mint, 502, {}, says("Server Error"), ErrorCode::kUpstreamUnavailable, Fix::kWait},
      {mint, 503, {}, std::string(kUnicorn), ErrorCode::kUpstreamUnavailable, Fix::kWait},
      {mint,
       403,
       {{"Retry-After", "5"}},
       says("You have exceeded a secondary rate limit"),
       ErrorCode::kRateLimited,
       Fix::kWait},
      {mint, 429, {}, "", ErrorCode::kRateLimited, Fix::kWait},
      {mint,
       307,
       {{"Location", "https://elsewhere.example"}},
       "",
       ErrorCode::kUpstreamProtocol,
       Fix::kGitHub},
      {mint, 410, {}, says("This API version is not supported"), ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {mint, 451, {}, says("Repository access blocked"), ErrorCode::kBlocked, Fix::kGitHub},
  });
}

TEST(Classify, KnowsEveryFailureOfALookUp) {
  const Purpose look_up = Purpose::kLookUp;
  expect_codes({
      {look_up, 404, {}, says("Not Found"), ErrorCode::kAppNotInstalled, Fix::kOperator},
      {look_up,
       404,
       {{"x-ratelimit-remaining", "0"}},
       says("Not Found"),
       ErrorCode::kAppNotInstalled,
       Fix::kOperator},
      {look_up,
       403,
       {},
       says("This installation has been suspended"),
       ErrorCode::kInstallationSuspended,
       Fix::kOperator},
      {look_up,
       301,
       {{"Location", "https://elsewhere.example"}},
       says("Moved Permanently"),
       ErrorCode::kUpstreamProtocol,
       Fix::kGitHub},
      {look_up, 422, {}, says("Validation Failed"), ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {look_up,
       503,
       {{"Retry-After", "60"}, {"x-ratelimit-remaining", "0"}},
       std::string(kUnicorn),
       ErrorCode::kUpstreamUnavailable,
       Fix::kWait},
      {Purpose::kApp, 404, {}, says("Integration not found"), ErrorCode::kUpstreamAuth, Fix::kOperator},
  });
}

TEST(Classify, KnowsEveryFailureOfAResource) {
  const Purpose resource = Purpose::kResource;
  const Pairs accepted = {{"X-Accepted-GitHub-Permissions", "contents=write"}};
  expect_codes({
      {resource, 401, {}, says("Bad credentials"), ErrorCode::kUpstreamAuth, Fix::kOperator},
      {resource, 403, accepted, says("Resource not accessible by integration"),
       ErrorCode::kPermissionNotGranted, Fix::kOperator},
      {resource,
       403,
       {},
       says("Resource not accessible by integration"),
       ErrorCode::kPermissionNotGranted,
       Fix::kOperator},
      {resource, 403, accepted, says("Must have admin rights to Repository."),
       ErrorCode::kPermissionNotGranted, Fix::kOperator},
      {resource,
       403,
       {},
       says("Must have admin rights to Repository."),
       ErrorCode::kForbidden,
       Fix::kOperator},
      {resource,
       403,
       {{"X-Accepted-GitHub-Permissions", "allows_permissionless_access=true"}},
       says("Must have push access to view repository collaborators."),
       ErrorCode::kForbidden,
       Fix::kOperator},
      {resource, 403, accepted, says("Repository was archived so is read-only."), ErrorCode::kForbidden,
       Fix::kOperator},
      {resource, 403, accepted, says("Resource protected by organization SAML enforcement."),
       ErrorCode::kForbidden, Fix::kOperator},
      {resource, 403, {{"X-GitHub-SSO", "required"}}, says("No."), ErrorCode::kForbidden, Fix::kOperator},
      {resource, 403, accepted, says(kAllowList), ErrorCode::kForbidden, Fix::kOperator},
      {resource, 403, accepted, says("Repository rule violations found"), ErrorCode::kForbidden,
       Fix::kOperator},
      {resource,
       403,
       {},
       R"({"message":"Repository access blocked","block":{"reason":"dmca"}})",
       ErrorCode::kBlocked,
       Fix::kGitHub},
      {resource, 403, {}, "", ErrorCode::kForbidden, Fix::kOperator},
      {resource, 404, {}, says("Not Found"), ErrorCode::kNotFound, Fix::kCaller},
      {resource,
       404,
       {{"Retry-After", "5"}, {"x-ratelimit-remaining", "0"}},
       says("Not Found"),
       ErrorCode::kNotFound,
       Fix::kCaller},
      {resource, 400, {}, says("Problems parsing JSON"), ErrorCode::kInvalidRequest, Fix::kCaller},
      {resource, 409, {}, says("Git Repository is empty."), ErrorCode::kConflict, Fix::kCaller},
      {resource, 410, {}, says("Issues are disabled for this repo"), ErrorCode::kGone, Fix::kCaller},
      {resource, 413, {}, "", ErrorCode::kTooLarge, Fix::kCaller},
      {resource, 415, {}, says("Unsupported Media Type"), ErrorCode::kUnsupportedMediaType, Fix::kCaller},
      {resource, 422, {}, says("Validation Failed"), ErrorCode::kInvalidRequest, Fix::kCaller},
      {resource, 451, {}, says("Repository access blocked"), ErrorCode::kBlocked, Fix::kGitHub},
      {resource,
       302,
       {{"Location", "https://codeload.github.com/x"}},
       "",
       ErrorCode::kUpstreamProtocol,
       Fix::kGitHub},
      {resource, 418, {}, "", ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {resource, 100, {}, "", ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {resource, 0, {}, "", ErrorCode::kUpstreamProtocol, Fix::kGitHub},
      {resource, 599, {}, "", ErrorCode::kUpstreamUnavailable, Fix::kWait},
  });
}

TEST(Classify, TellsLimitsApartAndHowLongTheyLast) {
  const std::string reset_in_90s = std::to_string(std::chrono::system_clock::to_time_t(kNow + 90s));
  const std::string reset_past = std::to_string(std::chrono::system_clock::to_time_t(kNow - 90s));
  const std::string primary = says("API rate limit exceeded for installation ID 1.");
  const std::string secondary = says("You have exceeded a secondary rate limit. Please wait a few minutes.");
  const struct {
    int status;
    Pairs fields;
    std::string body;
    Limit limit;
    std::chrono::seconds wait;
  } cases[] = {
      {403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset_in_90s}},
       primary,
       Limit::kPrimary,
       90s},
      {429, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset_in_90s}}, "", Limit::kPrimary, 90s},
      {403, {{"x-ratelimit-reset", reset_in_90s}}, primary, Limit::kPrimary, 90s},
      {403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset_past}},
       primary,
       Limit::kPrimary,
       1s},
      {403, {{"x-ratelimit-remaining", "0"}}, primary, Limit::kPrimary, 60s},
      {403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "soon"}}, "", Limit::kPrimary, 60s},
      {403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "9000000000"}},
       "",
       Limit::kPrimary,
       kLongestWait},
      {403,
       {{"Retry-After", "37"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset_in_90s}},
       "",
       Limit::kPrimary,
       37s},
      {403, {{"Retry-After", "37"}}, secondary, Limit::kSecondary, 37s},
      {403, {{"Retry-After", " 37 "}}, "", Limit::kSecondary, 37s},
      {403,
       {{"x-ratelimit-remaining", "4000"}, {"x-ratelimit-reset", reset_in_90s}},
       secondary,
       Limit::kSecondary,
       60s},
      {403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset_in_90s}},
       secondary,
       Limit::kSecondary,
       90s},
      {403, {}, says("You have triggered an abuse detection mechanism."), Limit::kSecondary, 60s},
      {403,
       {},
       says("Maximum number of login attempts exceeded. Please try again later."),
       Limit::kSecondary,
       60s},
      {429, {}, std::string(kUnicorn), Limit::kSecondary, 60s},
      {429, {{"Retry-After", http_date(kNow + 20s)}}, "", Limit::kSecondary, 20s},
      {429, {{"Retry-After", "Mon, 03 Jan 1678 00:00:00 GMT"}}, "", Limit::kSecondary, 1s},
      {429, {{"Retry-After", "0"}}, "", Limit::kSecondary, 1s},
      {429, {{"Retry-After", "-5"}}, "", Limit::kSecondary, 60s},
      {429, {{"Retry-After", "4294967295"}}, "", Limit::kSecondary, kLongestWait},
      {429, {{"Retry-After", "99999999999999999999"}}, "", Limit::kSecondary, 60s},
  };
  for (const auto& c : cases) {
    for (const Purpose purpose : {Purpose::kMint, Purpose::kLookUp, Purpose::kResource}) {
      const Result<> meaning = meaning_of(purpose, c.status, c.fields, c.body);
      ASSERT_FALSE(meaning.has_value());
      EXPECT_EQ(meaning.error().code(), ErrorCode::kRateLimited) << c.body;
      EXPECT_EQ(meaning.error().limit(), c.limit) << c.body;
      EXPECT_EQ(meaning.error().retry_after(), c.wait) << c.body << c.wait.count();
    }
  }
}

TEST(Classify, KeepsTheWaitOfAMaintenance) {
  EXPECT_EQ(meaning_of(Purpose::kMint, 503, {{"Retry-After", "120"}}, "").error().retry_after(), 120s);
  EXPECT_EQ(meaning_of(Purpose::kMint, 503, {}, "").error().retry_after(), std::nullopt);
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
