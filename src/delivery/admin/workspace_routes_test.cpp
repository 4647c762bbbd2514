#include "delivery/admin/workspace_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using testing::Answered;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kSeven =
    R"({"id":"agent-7","repositories":["acme/Widgets","acme/gadgets"],"permissions":{"contents":"write"}})";

class WorkspaceRoutesTest : public DeliveryTest {
 protected:
  using ById = http::Reply (WorkspaceRoutes::*)(http::Request&, std::string_view);

  static Answered settle(http::Reply reply) {
    return Answered(test::run(testing::settled(std::move(reply))));
  }

  Answered create(std::string_view body) {
    FakeRequest request(http::Method::kPost, "/admin/workspaces", std::string(body));
    request.add("Content-Type", "application/json").bearer(kAdminToken);
    return settle(routes.create(request));
  }
  Answered list(std::string_view query = "") {
    FakeRequest request(http::Method::kGet, "/admin/workspaces?" + std::string(query));
    request.bearer(kAdminToken);
    return settle(routes.list(request));
  }
  Answered on(ById route, std::string_view id) {
    FakeRequest request(http::Method::kGet);
    request.bearer(kAdminToken);
    return settle((routes.*route)(request, id));
  }
  Answered revoke(std::string_view id, std::string_view token) {
    FakeRequest request(http::Method::kDelete);
    request.bearer(kAdminToken);
    return settle(routes.revoke_token(request, id, token));
  }

  WorkspaceRoutes routes{{gate, workspaces, recorder, log}};
};

TEST_F(WorkspaceRoutesTest, RegistersAWorkspaceAndShowsItsTokenOnce) {
  const Answered created = create(kSeven);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.field("Cache-Control"), "no-store");
  EXPECT_EQ(created.text("id"), "agent-7");
  const std::string token = created.text("token");
  EXPECT_THAT(token, StartsWith("hww_"));
  EXPECT_EQ(workspaces.authenticate(token)->id().text(), "agent-7");

  const Answered shown = on(&WorkspaceRoutes::get, "agent-7");
  EXPECT_EQ(shown.status, 200);
  const boost::json::array names = {"acme/gadgets", "acme/Widgets"};
  EXPECT_EQ(shown.json().at("repositories"), names);
  EXPECT_EQ(shown.json().at("permissions"), (boost::json::object{{"contents", "write"}}));
  EXPECT_EQ(shown.text("created_at"), "2027-01-15T08:00:00Z");
  const boost::json::object first = shown.json().at("tokens").as_array().at(0).as_object();
  EXPECT_EQ(first.at("id").as_string(), created.text("token_id"));
  EXPECT_FALSE(first.contains("token"));
  for (const std::string& text : {shown.body, list().body, log.text()})
    EXPECT_THAT(text, Not(HasSubstr(token)));
}

TEST_F(WorkspaceRoutesTest, RefusesASecondWorkspaceOfTheSameId) {
  ASSERT_EQ(create(kSeven).status, 201);
  const Answered again = create(kSeven);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.text("error"), "conflict");
}

TEST_F(WorkspaceRoutesTest, RefusesARegistrationThatIsNone) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"({"repositories":["acme/w"],"permissions":{"contents":"read"}})", "\"id\""},
      {R"({"id":7,"repositories":["acme/w"],"permissions":{"contents":"read"}})", "\"id\""},
      {R"({"id":"-a","repositories":["acme/w"],"permissions":{"contents":"read"}})", "workspace id"},
      {R"({"id":"a","permissions":{"contents":"read"}})", "\"repositories\""},
      {R"({"id":"a","repositories":"acme/w","permissions":{"contents":"read"}})", "\"repositories\""},
      {R"({"id":"a","repositories":[1],"permissions":{"contents":"read"}})", "\"repositories\""},
      {R"({"id":"a","repositories":[],"permissions":{"contents":"read"}})", "at least one"},
      {R"({"id":"a","repositories":["w"],"permissions":{"contents":"read"}})", "\"w\""},
      {R"({"id":"a","repositories":["acme/w","ACME/w"],"permissions":{"contents":"read"}})", "twice"},
      {R"({"id":"a","repositories":["acme/w"]})", "\"permissions\""},
      {R"({"id":"a","repositories":["acme/w"],"permissions":{}})", "at least one"},
      {R"({"id":"a","repositories":["acme/w"],"permissions":"contents:read"})", "\"permissions\""},
      {R"({"id":"a","repositories":["acme/w"],"permissions":{"contents":"own"}})", "\"contents\""},
      {R"({"id":"a","repositories":["acme/w"],"permissions":{"contents":1}})", "\"contents\""},
      {R"({"id":"a","repositories":["acme/w"],"permissions":{"Contents":"read"}})", "\"Contents\""},
      {R"({"id":"a","repositories":["acme/w"],"permissions":{"contents":"read"},"admin":true})", "\"admin\""},
      {R"({"id":"a","id":"b","repositories":["acme/w"],"permissions":{"contents":"read"}})",
       "more than once"},
  };
  for (const auto& [body, told] : rows) {
    const Answered answer = create(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.text("message"), HasSubstr(std::string(told))) << body;
  }
  EXPECT_EQ(list().json().at("workspaces").as_array().size(), 0U);
}

TEST_F(WorkspaceRoutesTest, RotatesWithoutAGapAndRevokesAtOnce) {
  const Answered first = create(kSeven);
  const Answered second = on(&WorkspaceRoutes::add_token, "agent-7");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.field("Cache-Control"), "no-store");
  EXPECT_NE(second.text("token_id"), first.text("token_id"));
  EXPECT_NE(workspaces.authenticate(first.text("token")), nullptr);
  EXPECT_EQ(revoke("agent-7", first.text("token_id")).status, 204);
  EXPECT_EQ(workspaces.authenticate(first.text("token")), nullptr);
  EXPECT_NE(workspaces.authenticate(second.text("token")), nullptr);
  const boost::json::array tokens = on(&WorkspaceRoutes::get, "agent-7").json().at("tokens").as_array();
  EXPECT_TRUE(tokens.at(0).as_object().contains("revoked_at"));
  EXPECT_FALSE(tokens.at(1).as_object().contains("revoked_at"));
}

TEST_F(WorkspaceRoutesTest, RemovesAWorkspaceWithItsTokens) {
  const Answered created = create(kSeven);
  EXPECT_EQ(on(&WorkspaceRoutes::remove, "agent-7").status, 204);
  EXPECT_EQ(workspaces.authenticate(created.text("token")), nullptr);
  EXPECT_EQ(on(&WorkspaceRoutes::get, "agent-7").status, 404);
  EXPECT_EQ(on(&WorkspaceRoutes::remove, "agent-7").status, 404);
  EXPECT_EQ(on(&WorkspaceRoutes::add_token, "agent-7").status, 404);
  EXPECT_EQ(revoke("agent-7", created.text("token_id")).status, 404);
}

TEST_F(WorkspaceRoutesTest, PagesThroughTheList) {
  for (const char* id : {"c", "a", "e", "b", "d"}) register_workspace(id, {"acme/widgets"});
  std::string seen;
  std::string query = "limit=2";
  for (int page = 0; page < 5; ++page) {
    const Answered answer = list(query);
    ASSERT_EQ(answer.status, 200);
    const boost::json::array workspaces_on_it = answer.json().at("workspaces").as_array();
    for (const auto& each : workspaces_on_it) seen += each.at("id").as_string();
    const std::string cursor = answer.text("next_cursor");
    if (cursor.empty()) break;
    query = "limit=2&cursor=" + cursor;
  }
  EXPECT_EQ(seen, "abcde");
  EXPECT_FALSE(list().json().contains("next_cursor"));
  for (const char* bad : {"limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "page=2"}) {
    EXPECT_EQ(list(bad).status, 400) << bad;
  }
}

TEST_F(WorkspaceRoutesTest, RefusesIdsThatCannotBeOnes) {
  for (const ById route : {&WorkspaceRoutes::get, &WorkspaceRoutes::remove, &WorkspaceRoutes::add_token}) {
    EXPECT_EQ(on(route, "../x").status, 400);
    EXPECT_EQ(on(route, std::string(65, 'a')).status, 400);
  }
  EXPECT_EQ(revoke("agent-7", "not-a-token-id").status, 400);
}

TEST_F(WorkspaceRoutesTest, AreTheOperatorsAlone) {
  const std::string token = create(kSeven).text("token");
  const FakeRequest nobody(http::Method::kGet);
  const FakeRequest own = FakeRequest(http::Method::kGet).bearer(token);
  for (FakeRequest request : {nobody, own}) {
    EXPECT_EQ(settle(routes.create(request)).status, 401);
    EXPECT_EQ(settle(routes.list(request)).status, 401);
    EXPECT_EQ(settle(routes.get(request, "agent-7")).status, 401);
    EXPECT_EQ(settle(routes.get(request, "../x")).status, 401) << "before anything else is looked at";
    EXPECT_EQ(settle(routes.remove(request, "agent-7")).status, 401);
    EXPECT_EQ(settle(routes.add_token(request, "agent-7")).status, 401);
    EXPECT_EQ(settle(routes.revoke_token(request, "agent-7", "x")).status, 401);
  }
  EXPECT_NE(workspaces.authenticate(token), nullptr);
}

TEST_F(WorkspaceRoutesTest, TellTheLogWhatChanged) {
  const Answered created = create(kSeven);
  on(&WorkspaceRoutes::add_token, "agent-7");
  revoke("agent-7", created.text("token_id"));
  on(&WorkspaceRoutes::remove, "agent-7");
  on(&WorkspaceRoutes::remove, "agent-7");
  EXPECT_EQ(log.count("admin.workspace_changed"), 4U);
  EXPECT_EQ(log.last("admin.workspace_changed").field("change"), "removed");
  EXPECT_EQ(log.last("admin.workspace_changed").field("workspace"), "agent-7");
}

}  // namespace
}  // namespace hubwarden::delivery
