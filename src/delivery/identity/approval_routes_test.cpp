#include "delivery/identity/approval_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "delivery/identity/identity_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using hubwarden::testing::Answered;
using hubwarden::testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ApprovalRoutesTest : public IdentityTest {
 protected:
  ApprovalRoutesTest() {
    auth::trust_persons(*authority);
    rules::Rule rule = rules::rule_of("mergers", rules::who_of("ci", {}), {"acme/*"},
                                      {auth::may_with_consent({"pulls/merge"}, {"maintainers"})});
    authority->rules = *rules::RuleBook::make({rule}, {});
    session = open(maker.token().reveal()).text("token");
  }

  // What the session asks; its id.
  std::string ask(std::string key = "key-1") {
    const auth::SessionPtr who = sessions.authenticate(session).value();
    const rules::Ask ask = rules::ask_to("pulls/merge", "acme/widgets");
    auth::ApprovalWish wish(who, gate.grant_of(*who).decide(ask), rules::repository("acme/widgets"));
    wish.operation = "pulls/merge";
    wish.parameters = R"({"pull_number":1})";
    wish.key = std::move(key);
    return to_text(time.run(approvals.ask(std::move(wish)))->id);
  }
  FakeRequest request(http::Method method, std::string_view bearer, std::string body = "",
                      std::string target = "/") {
    FakeRequest made(method, std::move(target), std::move(body));
    if (!bearer.empty()) made.bearer(bearer);
    return made;
  }
  Answered list(std::string_view bearer, std::string query = "") {
    FakeRequest made = request(http::Method::kGet, bearer, "", "/v1/approvals" + query);
    return settle(approval_routes.list(made));
  }
  Answered get(std::string_view bearer, std::string_view id) {
    FakeRequest made = request(http::Method::kGet, bearer);
    return settle(approval_routes.get(made, id));
  }
  Answered approve(std::string_view bearer, std::string_view id, std::string body = "") {
    FakeRequest made = request(http::Method::kPost, bearer, body);
    if (!body.empty()) made.add("Content-Type", "application/json");
    return settle(approval_routes.approve(made, id));
  }
  Answered deny(std::string_view bearer, std::string_view id, std::string body) {
    FakeRequest made = request(http::Method::kPost, bearer, std::move(body));
    made.add("Content-Type", "application/json");
    return settle(approval_routes.deny(made, id));
  }

  std::string session;
  std::string ada = auth::jwt_of("ada", boost::json::array{"github-maintainers"});
  std::string board = auth::jwt_of("grace", "board");
  ApprovalRoutes approval_routes{{time.clock(), gate, sessions, approvals, throttle}, 10s};
};

TEST_F(ApprovalRoutesTest, ShowWhatIsAskedToThoseWhoAreAsked) {
  const std::string id = ask();
  for (const std::string_view reader : {std::string_view(ada), kAdminToken, std::string_view(session)}) {
    const Answered answer = get(reader, id);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const boost::json::object json = answer.json();
    EXPECT_EQ(json.at("state"), "pending");
    EXPECT_EQ(json.at("rule"), "mergers");
    EXPECT_EQ(json.at("operation"), "pulls/merge");
    EXPECT_EQ(json.at("repository"), "acme/widgets");
    EXPECT_EQ(json.at("asked_by").at("issuer"), "ci");
    EXPECT_EQ(json.at("params").at("pull_number"), 1);
    EXPECT_EQ(json.at("expires_at"), "2027-01-15T08:05:00Z");
    EXPECT_EQ(answer.body.find(session), std::string::npos);
  }
  EXPECT_EQ(get(board, id).status, 404);
}

TEST_F(ApprovalRoutesTest, ListWhatTheReaderMayDecide) {
  const std::string id = ask();
  ask("key-2");
  EXPECT_THAT(list(ada).json().at("approvals").as_array(), SizeIs(2));
  EXPECT_THAT(list(kAdminToken).json().at("approvals").as_array(), SizeIs(2));
  EXPECT_THAT(list(board).json().at("approvals").as_array(), SizeIs(0));
  EXPECT_FALSE(list(ada).json().at("approvals").at(0).as_object().contains("params"));
  EXPECT_EQ(list(session).status, 403);
  ASSERT_EQ(approve(ada, id).status, 200);
  EXPECT_THAT(list(ada, "?state=pending").json().at("approvals").as_array(), SizeIs(1));
  EXPECT_EQ(list(ada, "?state=approved").json().at("approvals").at(0).at("id").as_string(), id);
  const Answered first = list(ada, "?limit=1");
  EXPECT_THAT(first.json().at("approvals").as_array(), SizeIs(1));
  const Answered second = list(ada, "?limit=1&cursor=" + first.text("next_cursor"));
  EXPECT_THAT(second.json().at("approvals").as_array(), SizeIs(1));
  EXPECT_EQ(second.text("next_cursor"), "");
}

TEST_F(ApprovalRoutesTest, AreDecidedByAPersonWithAReasonOrWithout) {
  const Answered approved = approve(ada, ask());
  EXPECT_EQ(approved.status, 200);
  EXPECT_EQ(approved.text("state"), "approved");
  EXPECT_EQ(approved.text("decided_by"), "ada (sso)");
  EXPECT_EQ(approved.text("decided_as"), "maintainers");
  const Answered denied = deny(ada, ask("key-2"), R"({"reason":"not on a Friday"})");
  EXPECT_EQ(denied.text("state"), "denied");
  EXPECT_EQ(denied.text("reason"), "not on a Friday");
  EXPECT_EQ(approve(kAdminToken, ask("key-3")).text("decided_by"), "admin");
}

TEST_F(ApprovalRoutesTest, AreDecidedOnce) {
  const std::string id = ask();
  ASSERT_EQ(approve(ada, id).status, 200);
  EXPECT_EQ(approve(ada, id).status, 409);
  EXPECT_THAT(deny(kAdminToken, id, "{}").text("message"), HasSubstr("approved by ada (sso)"));
}

TEST_F(ApprovalRoutesTest, TellNobodyElseWhatThereIs) {
  const std::string id = ask();
  const std::string stranger = auth::jwt_of("eve", "everybody");
  for (const auto& [bearer, status] : {std::pair<std::string, int>("", 401),
                                       {"nonsense", 401},
                                       {std::string(kAdminToken) + "x", 401},
                                       {std::string(maker.token().reveal()), 403},
                                       {stranger, 403},
                                       {board, 404}}) {
    EXPECT_EQ(approve(bearer, id).status, status) << bearer.substr(0, 8);
    EXPECT_EQ(get(bearer, id).status, status);
    EXPECT_EQ(get(bearer, "00000000000000ff").status, status) << "of what is not there, the same";
  }
  EXPECT_EQ(approve(session, id).status, 403);
  EXPECT_EQ(get(session, id).text("state"), "pending");
}

TEST_F(ApprovalRoutesTest, CountWrongCredentialsAgainstTheirAddress) {
  for (int i = 0; i < 3; ++i) get("nonsense", "00000000000000ff");
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_authentication_failures_total 3"));
}

TEST_F(ApprovalRoutesTest, AreToldOfBeforehand) {
  const boost::json::object why =
      explain(session, R"({"repository":"acme/widgets","operation":"pulls/merge"})").json();
  EXPECT_EQ(why.at("verdict"), "consent");
  EXPECT_EQ(why.at("consent").at("from").at(0), "maintainers");
  EXPECT_EQ(why.at("consent").at("ttl"), "5m");
  EXPECT_THAT(std::string(why.at("consent").at("how").as_string()), HasSubstr("Idempotency-Key"));
  const boost::json::object may = capabilities(session, "repository=acme/widgets").json();
  EXPECT_EQ(may.at("with_consent").at(0), "pulls/merge");
  EXPECT_TRUE(may.contains("how_to_ask"));
}

TEST_F(ApprovalRoutesTest, TakeNothingThatMakesNoSense) {
  const std::string id = ask();
  for (const std::string& body :
       {std::string("[]"), std::string("{"), std::string(R"({"why":"x"})"), std::string(R"({"reason":1})"),
        std::string(R"({"reason":"a\nb"})"), R"({"reason":")" + std::string(501, 'x') + R"("})"}) {
    EXPECT_EQ(approve(ada, id, body).status, 400) << body;
  }
  EXPECT_EQ(approve(ada, id, R"({"reason":")" + std::string(9000, 'x') + R"("})").status, 400);
  FakeRequest form = request(http::Method::kPost, ada, "reason=x");
  EXPECT_EQ(settle(approval_routes.approve(form, id)).status, 415);
  EXPECT_EQ(approve(ada, "x").status, 400);
  EXPECT_EQ(list(ada, "?state=maybe").status, 400);
  EXPECT_EQ(list(ada, "?limit=0").status, 400);
  EXPECT_EQ(list(ada, "?cursor=x").status, 400);
  EXPECT_EQ(get(ada, id).text("state"), "pending");
}

}  // namespace
}  // namespace hubwarden::delivery
