#include "delivery/identity/session_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "delivery/identity/identity_fixture.h"

namespace hubwarden::delivery {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;
using testing::Answered;
using testing::FakeRequest;
using ::testing::HasSubstr;
using testing::TestSigner;

constexpr std::string_view kForm =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
    "&subject_token_type=urn:ietf:params:oauth:token-type:jwt&subject_token=";

using SessionRoutesTest = IdentityTest;

TEST_F(SessionRoutesTest, GiveASessionForAJwtAndATokenForTheSession) {
  const Answered opened = open(maker.text());
  ASSERT_EQ(opened.status, 201) << opened.body;
  EXPECT_EQ(opened.text("agent"), "build of acme/widgets");
  EXPECT_EQ(opened.text("tenant"), "acme");
  EXPECT_EQ(opened.text("expires_at"), "2027-01-15T08:15:00Z");
  EXPECT_EQ(opened.text("renewable_until"), "2027-01-15T08:10:00Z");
  EXPECT_EQ(opened.field("Cache-Control"), "no-store");
  const Answered given = token(opened.text("token"));
  ASSERT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(given.text("token"), github.issued.at(0)->reveal());
  EXPECT_EQ(token(opened.text("token"), "repo=acme/gadgets").text("error"), "forbidden");
}

TEST_F(SessionRoutesTest, ExchangeTokensAsOauthHasIt) {
  const Answered exchanged = exchange(std::string(kForm) + maker.text() + "&audience=hubwarden");
  ASSERT_EQ(exchanged.status, 200) << exchanged.body;
  EXPECT_EQ(exchanged.text("issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
  EXPECT_EQ(exchanged.text("token_type"), "Bearer");
  EXPECT_EQ(exchanged.json().at("expires_in").as_int64(), 900);
  EXPECT_EQ(token(exchanged.text("access_token")).status, 200);
}

TEST_F(SessionRoutesTest, RefuseAnExchangeInOauthsWords) {
  const std::string jwt = maker.text();
  const std::string form(kForm);
  const struct {
    std::string body;
    std::string_view error;
    int status;
  } cases[] = {
      {"", "invalid_request", 400},
      {form, "invalid_request", 400},
      {form + "nonsense", "invalid_grant", 400},
      {form + jwt + "&subject_token=" + jwt, "invalid_request", 400},
      {form + jwt + "&resource=https://example.com", "invalid_request", 400},
      {form + jwt + "&scope=repo", "invalid_request", 400},
      {form + jwt + "&actor_token=x", "invalid_request", 400},
      {form + jwt + "&requested_token_type=urn:ietf:params:oauth:token-type:saml2", "invalid_request", 400},
      {"grant_type=client_credentials&subject_token=" + jwt, "invalid_request", 400},
  };
  for (const auto& one : cases) {
    const Answered answer = exchange(one.body);
    EXPECT_EQ(answer.status, one.status) << one.body;
    EXPECT_EQ(answer.text("error"), one.error) << one.body;
    EXPECT_THAT(answer.body, ::testing::Not(HasSubstr(jwt)));
  }
  EXPECT_EQ(exchange(form + jwt, "application/json").status, 415);
  maker.claims["repository"] = "other/widgets";
  EXPECT_EQ(exchange(form + maker.text()).text("error"), "access_denied");
  EXPECT_EQ(exchange(form + jwt).status, 200) << "nothing of that has used the JWT up";
  EXPECT_EQ(exchange(form + jwt).text("error"), "invalid_grant") << "but this has";
}

TEST_F(SessionRoutesTest, RenewASessionWhileItsJwtIsGood) {
  const Answered opened = open(maker.text());
  time.advance(9min);
  const Answered renewed = renew(opened.text("token"), opened.text("id"));
  ASSERT_EQ(renewed.status, 201) << renewed.body;
  EXPECT_EQ(renewed.text("id"), opened.text("id"));
  EXPECT_EQ(renewed.text("expires_at"), "2027-01-15T08:24:00Z");
  time.advance(2min);
  EXPECT_EQ(token(renewed.text("token")).status, 200);
  EXPECT_THAT(renew(renewed.text("token"), opened.text("id")).text("message"),
              HasSubstr("begin a new session"));
}

TEST_F(SessionRoutesTest, RenewNobodyElsesSession) {
  const Answered opened = open(maker.text());
  EXPECT_EQ(renew(opened.text("token"), "0123456789abcdef").status, 401);
  EXPECT_EQ(renew("nonsense", opened.text("id")).status, 401);
}

TEST_F(SessionRoutesTest, LetNothingPassButALiveSession) {
  const Answered opened = open(maker.text());
  EXPECT_EQ(token(maker.text()).status, 401) << "a workload's JWT is no session";
  EXPECT_EQ(token(opened.text("token") + "A").status, 401);
  EXPECT_EQ(token(kAdminToken).status, 401);
  EXPECT_EQ(token(register_workspace("agent-7", {"acme/widgets"})).status, 401);
  EXPECT_EQ(token(opened.text("token")).status, 200);
  time.advance(15min);
  EXPECT_EQ(token(opened.text("token")).status, 401);
  EXPECT_EQ(github.mints, 1);
}

TEST_F(SessionRoutesTest, SayWhatASessionMayDoWithARepository) {
  const std::string session = open(maker.text()).text("token");
  const Answered own = capabilities(session, "repository=acme/widgets");
  ASSERT_EQ(own.status, 200) << own.body;
  const bj::array operations = own.json().at("operations").as_array();
  EXPECT_NE(std::ranges::find(operations, bj::value("repos/get")), operations.end());
  EXPECT_EQ(std::ranges::find(operations, bj::value("issues/create")), operations.end());
  EXPECT_EQ(own.json().at("token").at("permissions"),
            (bj::object{{"contents", "read"}, {"packages", "write"}}));
  const Answered others = capabilities(session, "repository=acme/gadgets");
  EXPECT_TRUE(others.json().at("operations").as_array().empty());
  EXPECT_FALSE(others.json().contains("token"));
  EXPECT_EQ(capabilities(session, "").status, 400);
  EXPECT_EQ(capabilities(maker.text(), "repository=acme/widgets").status, 401);
  EXPECT_EQ(github.mints, 0);
}

TEST_F(SessionRoutesTest, SayWhatAHandleMayDoWithItsRepository) {
  const auth::NewHandle handle = issue_handle("acme/widgets", {"create_issue"});
  const Answered own = capabilities(handle.handle().reveal(), "");
  EXPECT_EQ(own.json().at("operations"), bj::array{"create_issue"}) << own.body;
  EXPECT_FALSE(own.json().contains("token"));
}

TEST_F(SessionRoutesTest, ExplainWhatTheyWouldRefuse) {
  const std::string session = open(maker.text()).text("token");
  const Answered allowed = explain(session, R"({"repository":"acme/widgets","operation":"repos/get"})");
  EXPECT_EQ(allowed.text("verdict"), "allow");
  EXPECT_EQ(allowed.text("rule"), "builders");
  const Answered refused =
      explain(session, R"({"repository":"acme/widgets","permissions":"contents:write"})");
  EXPECT_EQ(refused.text("verdict"), "refuse");
  EXPECT_EQ(refused.text("error"), "forbidden");
  EXPECT_EQ(refused.text("rule"), "builders");
  EXPECT_THAT(refused.text("message"), HasSubstr("contents:write"));
  for (const std::string_view body :
       {R"({"repository":"acme/widgets"})", R"({"operation":"repos/get"})",
        R"({"repository":"acme/widgets","operation":"repos/get","permissions":"contents:read"})",
        R"({"repository":"acme/widgets","operation":"repos/gte"})"}) {
    EXPECT_EQ(explain(session, std::string(body)).status, 400) << body;
  }
}

TEST_F(SessionRoutesTest, HaveNoSessionsWithoutAPolicy) {
  authority->rules = nullptr;
  EXPECT_EQ(open(maker.text()).text("error"), "not_configured");
  EXPECT_EQ(token("anything").text("error"), "not_configured");
}

TEST_F(SessionRoutesTest, WriteDownWhoseSessionItIsAndNoCredential) {
  const Answered opened = open(maker.text());
  const std::string written = log.text();
  EXPECT_THAT(written, HasSubstr(opened.text("id")));
  EXPECT_THAT(written, HasSubstr("build of acme/widgets"));
  EXPECT_THAT(written, ::testing::Not(HasSubstr(opened.text("token"))));
  EXPECT_THAT(written, ::testing::Not(HasSubstr(maker.text())));
}

}  // namespace
}  // namespace hubwarden::delivery
