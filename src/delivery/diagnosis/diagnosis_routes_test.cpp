#include "delivery/diagnosis/diagnosis_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

class DiagnosisRoutesTest : public DeliveryTest {
 protected:
  Answered get(std::string_view query = "", std::string_view id = "agent-7") {
    FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(bearer);
    return Answered(time.run(testing::settled(routes.get(request, id))));
  }

  std::string bearer = register_workspace("agent-7", {"acme/widgets", "acme/gadgets"});
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  tokens::Examiner examiner;  // without an App: what GitHub is asked is tests/e2e's matter
  DiagnosisRoutes routes{{time.clock(), gate, service, examiner}, "github.com", 25s};
};

TEST_F(DiagnosisRoutesTest, TellsEveryLinkAndNoToken) {
  const Answered answer = get("repo=acme/gadgets");
  EXPECT_EQ(answer.status, 200);
  const boost::json::object body = answer.json();
  EXPECT_EQ(body.at("repository"), "acme/gadgets");
  EXPECT_EQ(body.at("host"), "github.com");
  EXPECT_EQ(body.at("clock_skew_seconds"), 0);
  ASSERT_EQ(body.at("links").as_array().size(), 6u);
  EXPECT_EQ(body.at("links").as_array()[5].at("link"), "mint");
  EXPECT_EQ(body.at("links").as_array()[5].at("state"), "ok");
  EXPECT_THAT(boost::json::serialize(body), Not(HasSubstr(std::string(github.issued.at(0)->reveal()))));
}

TEST_F(DiagnosisRoutesTest, NamesTheMissingAppWhenNothingStandsIn) {
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "unicorn");
  const boost::json::object body = get("repo=acme/widgets").json();
  const boost::json::value& app = body.at("links").as_array()[1];
  EXPECT_EQ(app.at("state"), "broken");
  EXPECT_EQ(app.at("error"), "not_configured");
  EXPECT_EQ(app.at("fix"), "operator");
  EXPECT_EQ(body.at("links").as_array()[5].at("message"), "unicorn");
}

TEST_F(DiagnosisRoutesTest, IsForTheWorkspaceItselfAndWhatItHas) {
  EXPECT_EQ(get("repo=acme/secret").status, 403);
  EXPECT_EQ(get("repo=..").status, 400);
  EXPECT_EQ(get("", "agent-8").status, 401);
  bearer = kAdminToken;
  EXPECT_EQ(get().status, 401);
}

TEST_F(DiagnosisRoutesTest, AnswersSoManyInAMinute) {
  for (int i = 0; i < ReportLimit::kBurst; ++i) EXPECT_EQ(get().status, 200);
  const Answered answer = get();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.text("limit"), "caller");
}

}  // namespace
}  // namespace hubwarden::delivery
