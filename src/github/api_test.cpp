#include "github/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "github/test_key.h"
#include "http/fake_client.h"
#include "tests/support/run_task.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;
using http::fake_answer;
using http::Fields;
using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const TimePoint kNow = *parse_rfc3339("2026-11-22T12:00:00Z");
const InstallationId kInstallation(7);
const policy::Repository kWidgets = *policy::Repository::parse("acme/widgets");

Fields dated(TimePoint date = kNow) {
  Fields fields;
  fields.add("Date", http_date(date));
  return fields;
}

ClientResponse redirect(int status, std::string location) {
  Fields fields = dated();
  fields.add("Location", location);
  return fake_answer(status, R"({"message":"Moved Permanently"})", std::move(fields));
}

std::string minted_body(std::string_view permissions, TimePoint expires_at = kNow + 1h) {
  return R"({"token":"ghs_16C7e42F292c6912E7","expires_at":")" + rfc3339(expires_at) + R"(","permissions":)" +
         std::string(permissions) +
         R"(,"repository_selection":"selected","repositories":[{"id":42,"full_name":"acme/widgets"}]})";
}

std::string installation_body() {
  return R"({"id":7,"account":{"login":"acme"},"app_slug":"hw","permissions":{"contents":"write"},"suspended_at":null})";
}

std::string says(std::string_view message) {
  return R"({"message":")" + std::string(message) + R"("})";
}

// An Api whose GitHub answers from a list; an answer too few is a 599.
class ApiTest : public ::testing::Test {
 protected:
  void answers(int status, std::string body, Fields fields = dated()) {
    script_.push_back(fake_answer(status, std::move(body), std::move(fields)));
  }
  void answers(ClientResponse response) { script_.push_back(std::move(response)); }

  const ClientRequest& request(std::size_t index) const { return client_.requests().at(index); }
  std::size_t requests() const { return client_.requests().size(); }
  std::string bearer(std::size_t index) const {
    return std::string(request(index).authorization->secret.reveal());
  }
  static std::string claims(std::string_view jwt) {
    return decode_base64url(split(jwt, '.').at(1)).value_or("");
  }
  SteadyPoint soon() const { return local_.steady_now() + 10s; }

  Result<MintedToken> mint() {
    std::vector<RepositoryId> ids(1, RepositoryId(42));
    MintRequest wanted(kInstallation, *RepositoryIds::make(ids),
                       *policy::PermissionSet::parse("contents:write"));
    return test::run(api_.mint(std::move(wanted), soon()));
  }

  ManualClock local_{kNow};
  std::deque<Result<ClientResponse>> script_;
  http::FakeClient client_{[this](const ClientRequest&) -> Result<ClientResponse> {
    if (script_.empty()) return fake_answer(599, "");
    Result<ClientResponse> next = std::move(script_.front());
    script_.pop_front();
    return next;
  }};
  ServerClock clock_{local_};
  AppJwtCache jwt_{*AppId::parse("123456"), test_key(), clock_};
  SeededRandom random_{1};
  Api api_{Host::github_com(), client_, jwt_, clock_, random_};
};

TEST_F(ApiTest, MintsWithTheAppsJwtAndExactlyWhatWasAsked) {
  answers(201, minted_body(R"({"contents":"write","metadata":"read"})"));
  const Result<MintedToken> minted = mint();
  ASSERT_TRUE(minted.has_value()) << minted.error().message();
  EXPECT_EQ(minted->token.reveal(), "ghs_16C7e42F292c6912E7");
  EXPECT_EQ(minted->expires_at, kNow + 1h);
  EXPECT_EQ(minted->repositories.at(0).id, RepositoryId(42));

  ASSERT_EQ(requests(), 1U);
  EXPECT_EQ(request(0).method, Method::kPost);
  EXPECT_EQ(request(0).url, "https://api.github.com/app/installations/7/access_tokens");
  EXPECT_EQ(std::get<std::string>(request(0).body),
            R"({"repository_ids":[42],"permissions":{"contents":"write"}})");
  EXPECT_EQ(request(0).fields.find("Accept"), "application/vnd.github+json");
  EXPECT_EQ(request(0).fields.find("X-GitHub-Api-Version"), "2026-03-10");
  EXPECT_EQ(request(0).fields.find("Content-Type"), "application/json");
  EXPECT_EQ(request(0).authorization->scheme, "Bearer");
  EXPECT_EQ(claims(bearer(0)), app_jwt_claims(*AppId::parse("123456"), kNow));
  EXPECT_EQ(request(0).deadline, soon());
  EXPECT_EQ(request(0).max_body, Api::kMaxMintAnswer);
  EXPECT_TRUE(request(0).repeatable);
}

TEST_F(ApiTest, GivesEachFailureOfAMintItsCode) {
  const struct {
    int status;
    std::string body;
    ErrorCode code;
  } cases[] = {
      {400, says("Problems parsing JSON"), ErrorCode::kUpstreamProtocol},
      {401, says("A JSON web token could not be decoded"), ErrorCode::kUpstreamAuth},
      {403, says("This installation has been suspended"), ErrorCode::kInstallationSuspended},
      {403, says("You have exceeded a secondary rate limit"), ErrorCode::kRateLimited},
      {404, says("Not Found"), ErrorCode::kAppNotInstalled},
      {422,
       says("There is at least one repository that does not exist or is not accessible to the parent "
            "installation."),
       ErrorCode::kAppNotInstalled},
      {422, says("The permissions requested are not granted to this installation."),
       ErrorCode::kPermissionNotGranted},
      {500, says("Server Error"), ErrorCode::kUpstreamUnavailable},
      {503, "<html>Unicorn!</html>", ErrorCode::kUpstreamUnavailable},
      {201, "<html>Unicorn!</html>", ErrorCode::kUpstreamProtocol},
      {201, R"({"token":)", ErrorCode::kUpstreamProtocol},
      {201, "", ErrorCode::kUpstreamProtocol},
      {304, "", ErrorCode::kUpstreamProtocol},
  };
  std::size_t sent = 0;
  for (const auto& c : cases) {
    answers(c.status, c.body);
    const Result<MintedToken> minted = mint();
    ASSERT_FALSE(minted.has_value()) << c.body;
    EXPECT_EQ(to_string(minted.error().code()), to_string(c.code)) << c.body;
    EXPECT_EQ(requests(), ++sent) << c.body;  // nothing is tried again
  }
}

TEST_F(ApiTest, NamesThePermissionsThatAMintAskedFor) {
  answers(422, says("The permissions requested are not granted to this installation."));
  EXPECT_THAT(mint().error().message(), HasSubstr("contents:write"));
}

TEST_F(ApiTest, PassesATransportErrorOn) {
  script_.push_back(fail(ErrorCode::kUpstreamTimeout, "no answer"));
  EXPECT_EQ(mint().error().code(), ErrorCode::kUpstreamTimeout);
}

TEST_F(ApiTest, RevokesATokenThatMayDoMoreThanAsked) {
  answers(201, minted_body(R"({"contents":"write","administration":"write"})"));
  answers(204, "");
  const Result<MintedToken> minted = mint();
  ASSERT_FALSE(minted.has_value());
  EXPECT_EQ(minted.error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_THAT(minted.error().message(), HasSubstr("administration:write"));
  EXPECT_EQ(minted.error().detail(), "the token was revoked");
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(request(1).method, Method::kDelete);
  EXPECT_EQ(request(1).url, "https://api.github.com/installation/token");
  EXPECT_EQ(bearer(1), "ghs_16C7e42F292c6912E7");
  EXPECT_EQ(request(1).deadline, local_.steady_now() + Api::kRevokeTime);
}

TEST_F(ApiTest, RevokesATokenWhoseAnswerIsOtherwiseUnreadable) {
  answers(201, R"({"token":"ghs_16C7e42F292c6912E7","expires_at":"soon"})");
  answers(500, "");
  const Result<MintedToken> minted = mint();
  ASSERT_FALSE(minted.has_value());
  EXPECT_EQ(minted.error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(minted.error().detail(), "and the token could not be revoked");
  EXPECT_EQ(bearer(1), "ghs_16C7e42F292c6912E7");
}

TEST_F(ApiTest, MeasuresATokensLifeByGitHubsClock) {
  const TimePoint theirs = kNow + 30min;
  answers(201, minted_body(R"({"contents":"write"})", theirs + 1h), dated(theirs));
  EXPECT_TRUE(mint().has_value());
}

TEST_F(ApiTest, SignsAgainByGitHubsDateWhenItsClockIsBlamed) {
  const TimePoint theirs = kNow + 20min;
  answers(
      401,
      says(
          "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
          "assertion expires"),
      dated(theirs));
  answers(201, minted_body(R"({"contents":"write"})", theirs + 1h), dated(theirs));
  ASSERT_TRUE(mint().has_value());
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(claims(bearer(0)), app_jwt_claims(jwt_.app(), kNow));
  EXPECT_EQ(claims(bearer(1)), app_jwt_claims(jwt_.app(), theirs));
  EXPECT_EQ(std::get<std::string>(request(1).body), std::get<std::string>(request(0).body));
}

TEST_F(ApiTest, SignsAgainOnlyOnceAndNamesTheClock) {
  for (int i = 0; i < 2; ++i) answers(401, says("'Expiration time' claim ('exp') is too far in the future"));
  const Result<MintedToken> minted = mint();
  ASSERT_FALSE(minted.has_value());
  EXPECT_EQ(minted.error().code(), ErrorCode::kUpstreamAuth);
  EXPECT_THAT(minted.error().message(), HasSubstr("clock"));
  EXPECT_EQ(requests(), 2U);
}

TEST_F(ApiTest, DoesNotSignAgainWithoutADateOrForAnotherReason) {
  answers(401, says("'Issued at' claim ('iat') must be an Integer"), Fields());
  EXPECT_EQ(mint().error().code(), ErrorCode::kUpstreamAuth);
  answers(401, says("'Issuer' claim ('iss') must be an Integer"));
  EXPECT_EQ(mint().error().code(), ErrorCode::kUpstreamAuth);
  EXPECT_EQ(requests(), 2U);
  EXPECT_EQ(bearer(0), bearer(1));
}

TEST_F(ApiTest, NeverSendsAPostToAnotherPlace) {
  for (const int status : {301, 302, 307, 308}) {
    answers(redirect(status, "https://api.github.com/app/installations/8/access_tokens"));
    EXPECT_EQ(mint().error().code(), ErrorCode::kUpstreamProtocol) << status;
  }
  EXPECT_EQ(requests(), 4U);
}

TEST_F(ApiTest, FindsTheInstallationOfARepositoryAnOwnerAndANumber) {
  const std::string base = "https://api.github.com";
  for (int i = 0; i < 3; ++i) answers(200, installation_body());
  const Result<Installation> by_repository = test::run(api_.find_installation(kWidgets, soon()));
  ASSERT_TRUE(by_repository.has_value());
  EXPECT_EQ(by_repository->id, kInstallation);
  EXPECT_FALSE(by_repository->moved_to.has_value());
  EXPECT_TRUE(test::run(api_.find_installation(kWidgets.owner(), soon())).has_value());
  EXPECT_TRUE(test::run(api_.find_installation(kInstallation, soon())).has_value());
  EXPECT_EQ(request(0).url, base + "/repos/acme/widgets/installation");
  EXPECT_EQ(request(1).url, base + "/orgs/acme/installation");
  EXPECT_EQ(request(2).url, base + "/app/installations/7");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(request(i).method, Method::kGet);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(request(i).body));
    EXPECT_FALSE(request(i).fields.find("Content-Type").has_value());
  }
}

TEST_F(ApiTest, LooksForAUserWhereThereIsNoOrganisation) {
  answers(404, says("Not Found"));
  answers(200, installation_body());
  EXPECT_TRUE(test::run(api_.find_installation(kWidgets.owner(), soon())).has_value());
  EXPECT_EQ(request(1).url, "https://api.github.com/users/acme/installation");
  answers(403, says("This installation has been suspended"));
  EXPECT_EQ(test::run(api_.find_installation(kWidgets.owner(), soon())).error().code(),
            ErrorCode::kInstallationSuspended);
  EXPECT_EQ(requests(), 3U);
}

TEST_F(ApiTest, GivesEachFailureOfALookUpItsCode) {
  const struct {
    int status;
    std::string body;
    ErrorCode code;
  } cases[] = {
      {404, says("Not Found"), ErrorCode::kAppNotInstalled},
      {401, says("Bad credentials"), ErrorCode::kUpstreamAuth},
      {403, says("This installation has been suspended"), ErrorCode::kInstallationSuspended},
      {429, "", ErrorCode::kRateLimited},
      {502, says("Server Error"), ErrorCode::kUpstreamUnavailable},
      {200, "{}", ErrorCode::kUpstreamProtocol},
      {200, "<html>", ErrorCode::kUpstreamProtocol},
  };
  for (const auto& c : cases) {
    answers(c.status, c.body);
    const Result<Installation> there = test::run(api_.find_installation(kWidgets, soon()));
    ASSERT_FALSE(there.has_value()) << c.body;
    EXPECT_EQ(to_string(there.error().code()), to_string(c.code)) << c.body;
  }
}

TEST_F(ApiTest, FollowsARenameOnItsOwnHost) {
  for (const int status : {301, 307, 308}) {
    answers(redirect(status, "https://api.github.com/repositories/42/installation"));
    answers(200, installation_body());
    const Result<Installation> there = test::run(api_.find_installation(kWidgets, soon()));
    ASSERT_TRUE(there.has_value()) << there.error().message();
    EXPECT_EQ(there->moved_to, RepositoryId(42));
    EXPECT_EQ(client_.requests().back().url, "https://api.github.com/repositories/42/installation");
    EXPECT_EQ(bearer(0), bearer(1));
  }
}

TEST_F(ApiTest, FollowsNoOtherRedirect) {
  const struct {
    int status;
    std::string_view location;
  } cases[] = {
      {301, "https://evil.example/repositories/42/installation"},
      {301, "http://api.github.com/repositories/42/installation"},
      {301, ""},
      {302, "https://api.github.com/repositories/42/installation"},
      {303, "https://api.github.com/repositories/42/installation"},
  };
  for (const auto& c : cases) {
    answers(redirect(c.status, std::string(c.location)));
    EXPECT_EQ(test::run(api_.find_installation(kWidgets, soon())).error().code(),
              ErrorCode::kUpstreamProtocol);
  }
  EXPECT_EQ(requests(), std::size(cases));
}

TEST_F(ApiTest, TakesARedirectOfALookUpOnlyToARepository) {
  answers(redirect(301, "/organizations/9/installation"));
  answers(200, installation_body());
  EXPECT_EQ(test::run(api_.find_installation(kWidgets, soon())).error().code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(ApiTest, GivesUpAfterThreeRedirects) {
  for (int i = 0; i < 10; ++i) answers(redirect(301, "/repositories/42/installation"));
  EXPECT_EQ(test::run(api_.find_installation(kWidgets, soon())).error().code(), ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(requests(), 1U + Api::kMaxRedirects);
}

TEST_F(ApiTest, LearnsARepositorysNumberFromAMintOfTheLeastRights) {
  answers(201, minted_body(R"({"metadata":"read"})"));
  const Result<RepositoryId> id = test::run(api_.repository_id(kInstallation, kWidgets, soon()));
  ASSERT_TRUE(id.has_value()) << id.error().message();
  EXPECT_EQ(*id, RepositoryId(42));
  EXPECT_EQ(std::get<std::string>(request(0).body),
            R"({"repositories":["widgets"],"permissions":{"metadata":"read"}})");
}

TEST_F(ApiTest, DoesNotTakeTheNumberOfAnotherRepository) {
  answers(201, minted_body(R"({"metadata":"read"})"));
  answers(204, "");
  const policy::Repository other = *policy::Repository::parse("acme/other");
  EXPECT_EQ(test::run(api_.repository_id(kInstallation, other, soon())).error().code(),
            ErrorCode::kUpstreamProtocol);
  EXPECT_EQ(request(1).method, Method::kDelete);
}

TEST_F(ApiTest, ReadsARepositoryWithItsTokenAndItsRateLimit) {
  Fields fields = dated();
  fields.add("x-ratelimit-limit", "5000");
  fields.add("x-ratelimit-remaining", "4999");
  fields.add("x-ratelimit-reset", "1795348800");
  answers(200, R"({"id":42,"full_name":"acme/gadgets"})", std::move(fields));
  Secret token("ghs_x");
  const Result<RepositoryDocument> found = test::run(api_.repository(kWidgets, std::move(token), soon()));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, RepositoryId(42));
  EXPECT_EQ(found->repository.shown(), "acme/gadgets");
  EXPECT_EQ(found->rate_limit->remaining, 4999U);
  EXPECT_EQ(bearer(0), "ghs_x");
  answers(404, says("Not Found"));
  EXPECT_EQ(test::run(api_.repository(kWidgets, Secret("ghs_x"), soon())).error().code(),
            ErrorCode::kNotFound);
}

TEST_F(ApiTest, TakesARevokedTokenAsRevoked) {
  answers(204, "");
  answers(401, says("Bad credentials"));
  answers(503, "");
  EXPECT_TRUE(test::run(api_.revoke(Secret("ghs_x"), soon())).has_value());
  EXPECT_TRUE(test::run(api_.revoke(Secret("ghs_x"), soon())).has_value());
  EXPECT_EQ(test::run(api_.revoke(Secret("ghs_x"), soon())).error().code(), ErrorCode::kUpstreamUnavailable);
}

TEST_F(ApiTest, TellsWhetherATokenIsAlive) {
  answers(200, "{}");
  answers(404, says("Rate limiting is not enabled."));
  answers(401, says("Bad credentials"));
  answers(403, says("You have exceeded a secondary rate limit"));
  EXPECT_TRUE(test::run(api_.is_alive(Secret("ghs_x"), soon())).value());
  EXPECT_TRUE(test::run(api_.is_alive(Secret("ghs_x"), soon())).value());
  EXPECT_FALSE(test::run(api_.is_alive(Secret("ghs_x"), soon())).value());
  EXPECT_EQ(test::run(api_.is_alive(Secret("ghs_x"), soon())).error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(request(0).url, "https://api.github.com/rate_limit");
}

TEST_F(ApiTest, AsksForTheAppItself) {
  answers(200, R"({"id":123456,"slug":"hw","name":"Hubwarden","permissions":{"contents":"write"}})");
  const Result<AppDocument> app = test::run(api_.app(soon()));
  ASSERT_TRUE(app.has_value());
  EXPECT_EQ(app->slug, "hw");
  EXPECT_EQ(request(0).url, "https://api.github.com/app");
  answers(404, says("Integration not found"));
  EXPECT_EQ(test::run(api_.app(soon())).error().code(), ErrorCode::kUpstreamAuth);
}

TEST_F(ApiTest, AsksAnEnterpriseServerBelowItsPathAndInItsVersion) {
  Api server(*Host::parse("https://ghe.example.com/api/v3"), client_, jwt_, clock_, random_);
  answers(redirect(301, "https://ghe.example.com/api/v3/repositories/42/installation"));
  answers(200, installation_body());
  EXPECT_EQ(test::run(server.find_installation(kWidgets, soon()))->moved_to, RepositoryId(42));
  EXPECT_EQ(request(0).url, "https://ghe.example.com/api/v3/repos/acme/widgets/installation");
  EXPECT_EQ(request(0).fields.find("X-GitHub-Api-Version"), "2022-11-28");
}

TEST_F(ApiTest, ReadsAnAnswerForFiveHundredRepositories) {
  std::string body =
      R"({"token":"ghs_x","expires_at":"2026-11-22T13:00:00Z","permissions":{"contents":"read"},)"
      R"("repository_selection":"selected","repositories":[)";
  std::vector<RepositoryId> wanted;
  for (std::uint64_t i = 1; i <= kMaxRepositories; ++i) {
    wanted.emplace_back(i);
    body += (i == 1 ? "" : ",") + (R"({"id":)" + std::to_string(i)) + R"(,"full_name":"acme/r)" +
            std::to_string(i) + R"(","padding":")" + std::string(6000, 'x') + R"("})";
  }
  answers(201, body + "]}");
  MintRequest request(kInstallation, *RepositoryIds::make(wanted),
                      *policy::PermissionSet::parse("contents:read"));
  const Result<MintedToken> minted = test::run(api_.mint(std::move(request), soon()));
  ASSERT_TRUE(minted.has_value()) << minted.error().message();
  EXPECT_EQ(minted->repositories.size(), kMaxRepositories);
}

}  // namespace
}  // namespace hubwarden::github
