#include "sandbox/github.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using http::Method;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace testing;

class GitHubRest : public ::testing::Test {
 protected:
  int status(std::string_view target, std::string_view bearer = "") {
    return small.get(target, bearer).status();
  }
  Totals& totals() { return small.github.state().records.totals; }
  void pass(Duration time) { small.time.clock().advance(time); }

  SmallWorld small;
};

TEST_F(GitHubRest, MintsATokenThatOpensItsRepositoriesForAnHour) {
  const http::Response minted =
      small.mint(R"({"repositories":["widgets"],"permissions":{"contents":"read"}})");
  ASSERT_EQ(minted.status(), 201);
  const auto body = parsed(minted);
  const std::string token(body.at("token").as_string());
  EXPECT_EQ(body.at("expires_at").as_string(), rfc3339(kStart + hours(1)));
  EXPECT_EQ(body.at("repository_selection").as_string(), "selected");
  EXPECT_EQ(field(minted, "Date"), http_date(kStart));
  EXPECT_EQ(field(minted, "Cache-Control"), "public, max-age=60, s-maxage=60");
  EXPECT_EQ(field(minted, "X-RateLimit-Limit"), "");

  EXPECT_EQ(status("/repos/acme/widgets", token), 200);
  EXPECT_EQ(status("/repos/acme/gadgets", token), 404);
  EXPECT_EQ(status("/repos/acme/open", token), 200);
  EXPECT_EQ(status("/repos/rival/secrets", token), 404);
  pass(hours(1) - seconds(1));
  EXPECT_EQ(status("/repos/acme/widgets", token), 200);
  pass(seconds(1));
  const http::Response expired = small.get("/repos/acme/widgets", token);
  EXPECT_EQ(expired.status(), 401);
  EXPECT_EQ(message_of(expired), "Bad credentials");
  EXPECT_EQ(totals().rest_requests_with_expired_token, 1U);
}

TEST_F(GitHubRest, TellsRepositoriesOnlyWhenTheRequestNamedThem) {
  EXPECT_FALSE(parsed(small.mint()).as_object().contains("repositories"));
  ASSERT_TRUE(small.world().select_repositories(small.installation, false, {small.widgets}, kStart));
  const auto body = parsed(small.mint());
  EXPECT_EQ(body.at("repository_selection").as_string(), "selected");
  EXPECT_FALSE(body.as_object().contains("repositories"));
}

TEST_F(GitHubRest, NamesThePermissionThatIsMissing) {
  const std::string token = small.token(R"({"permissions":{"contents":"read"}})");
  const http::Response refused = small.get("/repos/acme/widgets/issues", token);
  EXPECT_EQ(refused.status(), 403);
  EXPECT_EQ(message_of(refused), "Resource not accessible by integration");
  EXPECT_EQ(field(refused, "X-Accepted-GitHub-Permissions"), "issues=read");
  EXPECT_EQ(parsed(refused).at("status").as_string(), "403");
}

TEST_F(GitHubRest, TakesWhatTheInstallationLoses) {
  const std::string token = small.token();
  ASSERT_TRUE(small.world().select_repositories(small.installation, false, {small.gadgets}, kStart));
  EXPECT_EQ(status("/repos/acme/widgets", token), 404);
  small.world().installation(small.installation)->permissions.erase("issues");
  EXPECT_EQ(status("/repos/acme/gadgets/issues", token), 403);
}

TEST_F(GitHubRest, RevokesATokenForGood) {
  const std::string token = small.token();
  EXPECT_EQ(small.ask(Method::kDelete, "/installation/token", token).status(), 204);
  EXPECT_EQ(small.ask(Method::kDelete, "/installation/token", token).status(), 401);
  EXPECT_EQ(status("/repos/acme/widgets", token), 401);
}

TEST_F(GitHubRest, ClosesASuspendedInstallationAndForgetsARemovedOne) {
  const std::string token = small.token();
  small.world().installation(small.installation)->suspended_at = kStart;
  EXPECT_EQ(message_of(small.get("/repos/acme/widgets", token)), "This installation has been suspended");
  const http::Response refused = small.mint();
  EXPECT_EQ(refused.status(), 403);
  EXPECT_EQ(message_of(refused), "This installation has been suspended");
  small.world().installation(small.installation)->suspended_at.reset();
  EXPECT_EQ(status("/repos/acme/widgets", token), 200);
  ASSERT_TRUE(small.world().remove_installation(small.installation));
  EXPECT_EQ(status("/repos/acme/widgets", token), 401);
  EXPECT_EQ(small.mint().status(), 404);
}

TEST_F(GitHubRest, DoesNotKnowAFreshTokenEverywhereYet) {
  small.settings().replication_lag = seconds(2);
  for (const int expected : {401, 403, 404}) {
    small.settings().replication_lag_status = expected;
    const std::string token = small.token();
    EXPECT_EQ(status("/repos/acme/widgets", token), expected);
    pass(seconds(2));
    EXPECT_EQ(status("/repos/acme/widgets", token), 200);
  }
  EXPECT_EQ(totals().requests_within_replication_lag, 3U);
}

TEST_F(GitHubRest, GoesByItsOwnClock) {
  small.settings().clock_skew = minutes(-5);
  const std::string ahead = sign(app_key(), good_claims(small.app, kStart));
  const http::Response refused = small.get("/app", ahead);
  EXPECT_EQ(refused.status(), 401);
  EXPECT_EQ(message_of(refused), "'Expiration time' claim ('exp') is too far in the future");
  EXPECT_EQ(field(refused, "Date"), http_date(kStart - minutes(5)));
  const auto body = parsed(small.mint());
  EXPECT_EQ(body.at("expires_at").as_string(), rfc3339(kStart + minutes(55)));
  pass(minutes(59));
  EXPECT_EQ(status("/repos/acme/widgets", body.at("token").as_string()), 200);
  pass(minutes(1));
  EXPECT_EQ(status("/repos/acme/widgets", body.at("token").as_string()), 401);
}

TEST_F(GitHubRest, HonoursTheHeaderThatAsksForAFormat) {
  small.settings().token_format = TokenFormat::kStateless;
  EXPECT_GT(small.token().size(), 480U);
  Call call(Method::kPost,
            "/app/installations/" + std::to_string(small.installation.value()) + "/access_tokens");
  call.headers.add("Authorization", "Bearer " + small.jwt());
  call.headers.add("X-GitHub-Stateless-S2S-Token", "disabled");
  EXPECT_EQ(parsed(small.github.answer(std::move(call))).at("token").as_string().size(), 40U);
}

TEST_F(GitHubRest, TakesATokenInEveryUsualScheme) {
  const std::string token = small.token();
  const std::string pair = base64(as_bytes("x-access-token:" + token));
  for (const std::string& header : {"Bearer " + token, "token " + token, "Basic " + pair}) {
    Call call(Method::kGet, "/repos/acme/widgets");
    call.headers.add("Authorization", header);
    EXPECT_EQ(small.github.answer(std::move(call)).status(), 200) << header.substr(0, 6);
  }
}

TEST_F(GitHubRest, KeepsAppsAndInstallationsApart) {
  const std::string token = small.token();
  EXPECT_EQ(message_of(small.get("/app", token)), "A JSON web token could not be decoded");
  EXPECT_EQ(message_of(small.get("/app", "nonsense")), "Bad credentials");
  EXPECT_EQ(message_of(small.get("/installation/repositories", small.jwt())),
            "You must authenticate with an installation access token in order to list repositories for an "
            "installation.");
  EXPECT_EQ(status("/repos/acme/widgets", small.jwt()), 403);
  EXPECT_EQ(status("/user", token), 403);
  EXPECT_EQ(status("/user"), 401);
  EXPECT_EQ(status("/repos/acme/widgets"), 404);
  EXPECT_EQ(status("/repos/acme/open"), 200);
}

TEST_F(GitHubRest, HidesInstallationsOfOtherApps) {
  const NewApp other{small.rival, "other", SmallWorld::permissions(), {}, KeyPair::generate().public_key()};
  const AppId app = *small.world().add_app(other, kStart);
  const NewInstallation wanted{app, small.rival, true, {}, std::nullopt};
  const InstallationId theirs = *small.world().add_installation(wanted, kStart);
  EXPECT_EQ(status("/app/installations/" + std::to_string(theirs.value()), small.jwt()), 404);
  EXPECT_EQ(status("/users/rival/installation", small.jwt()), 404);
  EXPECT_EQ(status("/orgs/acme/installation", small.jwt()), 200);
  EXPECT_EQ(status("/orgs/rival/installation", small.jwt()), 404);
  EXPECT_EQ(status("/repos/rival/secrets/installation", small.jwt()), 404);
}

TEST_F(GitHubRest, LeadsFromAnOldNameToTheNumber) {
  const std::string token = small.token();
  ASSERT_TRUE(small.world().move_repository(small.widgets, small.acme, "gears"));
  const std::string number = std::to_string(small.widgets.value());
  const http::Response moved = small.get("/repos/acme/widgets/issues?page=2", token);
  EXPECT_EQ(moved.status(), 301);
  EXPECT_EQ(field(moved, "Location"), "https://api.github.com/repositories/" + number + "/issues?page=2");
  EXPECT_EQ(small.ask(Method::kPost, "/repos/acme/widgets/issues", token, "{}").status(), 307);
  EXPECT_EQ(status("/repositories/" + number + "/issues", token), 200);
  const std::string narrow = small.token(R"({"repositories":["gadgets"]})");
  EXPECT_EQ(status("/repos/acme/widgets", narrow), 404);
  EXPECT_EQ(status("/repositories/" + number, narrow), 404);
}

TEST_F(GitHubRest, CountsRequestsOfAnInstallationTogether) {
  small.settings().rate_limit = 3;
  const std::string one = small.token();
  const std::string two = small.token();
  EXPECT_EQ(field(small.get("/repos/acme/widgets", one), "X-RateLimit-Remaining"), "2");
  EXPECT_EQ(field(small.get("/repos/acme/widgets", two), "X-RateLimit-Remaining"), "1");
  EXPECT_EQ(field(small.get("/rate_limit", two), "X-RateLimit-Remaining"), "1");
  EXPECT_EQ(status("/repos/acme/none", two), 404);
  const http::Response limited = small.get("/repos/acme/widgets", one);
  EXPECT_EQ(limited.status(), 403);
  EXPECT_EQ(message_of(limited), "API rate limit exceeded for installation ID 50000001.");
  EXPECT_EQ(field(limited, "X-RateLimit-Remaining"), "0");
  pass(hours(1) - seconds(1));
  EXPECT_EQ(status("/repos/acme/widgets", one), 403);
  pass(seconds(1));
  EXPECT_EQ(status("/repos/acme/widgets", small.token()), 200);
}

TEST_F(GitHubRest, AnswersAnUnchangedThingFreely) {
  const std::string token = small.token();
  const std::string etag = field(small.get("/repos/acme/widgets", token), "ETag");
  Call call(Method::kGet, "/repos/acme/widgets");
  call.headers.add("Authorization", "Bearer " + token);
  call.headers.add("If-None-Match", etag);
  EXPECT_EQ(small.github.answer(std::move(call)).status(), 304);
  EXPECT_EQ(field(small.get("/repos/acme/widgets", token), "X-RateLimit-Remaining"), "4998");
}

TEST_F(GitHubRest, ClosesTheDoorAfterTooManyFailedLogins) {
  small.settings().failed_login_limit = 3;
  const std::string token = small.token();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status("/repos/acme/widgets", "ghs_nonsense"), 401);
  EXPECT_EQ(message_of(small.get("/repos/acme/widgets", token)),
            "Maximum number of login attempts exceeded. Please try again later.");
  pass(minutes(1));
  EXPECT_EQ(status("/repos/acme/widgets", token), 200);
}

TEST_F(GitHubRest, AsksForAUserAgentAndAKnownVersion) {
  Call anonymous(Method::kGet, "/meta");
  anonymous.headers.remove("User-Agent");
  EXPECT_EQ(small.github.answer(std::move(anonymous)).status(), 403);
  for (const auto& [version, expected] :
       {std::pair("2022-11-28", 200), {"2026-03-10", 200}, {"2021-01-01", 400}}) {
    Call call(Method::kGet, "/rate_limit");
    call.headers.add("X-GitHub-Api-Version", version);
    const http::Response answer = small.github.answer(std::move(call));
    EXPECT_EQ(answer.status(), expected) << version;
    EXPECT_EQ(field(answer, "X-GitHub-Api-Version-Selected"), expected == 200 ? version : "2022-11-28");
  }
}

TEST_F(GitHubRest, AnswersNotFoundToWhatItDoesNotServe) {
  const std::string token = small.token();
  EXPECT_EQ(status("/repos/acme/widgets/", token), 404);
  EXPECT_EQ(small.ask(Method::kPut, "/repos/acme/widgets", token).status(), 404);
  EXPECT_EQ(status("/nonsense"), 404);
  EXPECT_EQ(status("/nonsense", "ghs_nonsense"), 401);
}

TEST_F(GitHubRest, BreaksAsItIsTold) {
  const std::string token = small.token();
  const auto break_with = [&](FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    EXPECT_TRUE(small.github.state().faults.add(std::move(fault)));
    return small.get("/repos/acme/widgets", token);
  };
  EXPECT_EQ(break_with(FaultKind::kStatus).status(), 500);
  const http::Response page = break_with(FaultKind::kUnicorn);
  EXPECT_EQ(page.status(), 503);
  EXPECT_TRUE(field(page, "Content-Type").starts_with("text/html"));
  EXPECT_EQ(field(break_with(FaultKind::kSecondaryLimit), "Retry-After"), "60");
  const http::Response spent = break_with(FaultKind::kPrimaryLimit);
  EXPECT_EQ(field(spent, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(message_of(spent), "API rate limit exceeded for installation ID 50000001.");
  EXPECT_TRUE(
      message_of(break_with(FaultKind::kIpAllowList)).ends_with("not permitted to access this resource."));
  EXPECT_EQ(small.get("/repos/acme/widgets", token).status(), 200);
}

TEST_F(GitHubRest, LosesAnAnswerButNotWhatItDid) {
  Fault fault;
  fault.kind = FaultKind::kLostAnswer;
  ASSERT_TRUE(small.github.state().faults.add(std::move(fault)));
  EXPECT_EQ(small.mint().status(), 502);
  EXPECT_EQ(totals().tokens_issued, 1U);
}

TEST_F(GitHubRest, CountsMintsByTheirScopeWithoutATokenInSight) {
  const std::string token = small.token(R"({"repositories":["widgets"]})");
  small.token(R"({"repositories":["widgets"]})");
  small.token();
  const Records& records = small.github.state().records;
  const std::string text =
      boost::json::serialize(records.counters()) + boost::json::serialize(records.events(0, 1000));
  EXPECT_EQ(records.counters().at("mints").as_array().size(), 2U);
  EXPECT_EQ(text.find(token), std::string::npos);
  EXPECT_EQ(text.find("ghs_"), std::string::npos);
  EXPECT_NE(text.find(hashed_token(token)), std::string::npos);
}

TEST_F(GitHubRest, KeepsIssuesAndTheirComments) {
  small.world().installation(small.installation)->permissions["issues"] = Level::kWrite;
  const std::string token = small.token();
  const std::string base = "/repos/acme/widgets/issues";
  const http::Response made = small.ask(Method::kPost, base, token, R"({"title":"One"})");
  ASSERT_EQ(made.status(), 201);
  EXPECT_EQ(parsed(made).at("user").at("login").as_string(), "robot[bot]");
  EXPECT_EQ(small.ask(Method::kPost, base + "/1/comments", token, R"({"body":"x"})").status(), 201);
  EXPECT_EQ(small.ask(Method::kPost, base + "/2/comments", token, R"({"body":"x"})").status(), 404);
  EXPECT_EQ(parsed(small.get(base + "/1", token)).at("comments").as_int64(), 1);
  small.world().repository(small.widgets)->is_archived = true;
  EXPECT_EQ(message_of(small.ask(Method::kPost, base, token, R"({"title":"Two"})")),
            "Repository was archived so is read-only.");
}

}  // namespace
}  // namespace hubwarden::sandbox
