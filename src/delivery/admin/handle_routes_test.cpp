#include "delivery/admin/handle_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <set>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using testing::Answered;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kLeast = R"({"repository":"acme/Widgets"})";
constexpr std::string_view kFull =
    R"({"repository":"acme/Widgets","host":"GHE.example.com","operations":["issues/update","create_issue","read"],)"
    R"("expires_in":"90m","budget":{"concurrent":2,"requests":3,"bytes":4000},"priority":"background"})";

class HandleRoutesTest : public DeliveryTest {
 protected:
  using ById = http::Reply (HandleRoutes::*)(http::Request&, std::string_view);

  static Answered settle(http::Reply reply) {
    return Answered(test::run(testing::settled(std::move(reply))));
  }

  Answered issue(std::string_view body) {
    FakeRequest request(http::Method::kPost, "/admin/handles", std::string(body));
    request.add("Content-Type", "application/json").bearer(kAdminToken);
    return settle(routes.issue(request));
  }
  Answered list(std::string_view query = "") {
    FakeRequest request(http::Method::kGet, "/admin/handles?" + std::string(query));
    request.bearer(kAdminToken);
    return settle(routes.list(request));
  }
  Answered on(ById route, std::string_view id) {
    FakeRequest request(http::Method::kGet);
    request.bearer(kAdminToken);
    return settle((routes.*route)(request, id));
  }
  // Without what differs from handle to handle.
  static boost::json::object without_id(boost::json::object json) {
    json.erase("id");
    json.erase("proxy_handle");
    return json;
  }

  HandleRoutes routes{{gate, handles, recorder, log}};
};

TEST_F(HandleRoutesTest, IssuesAHandleAndShowsItOnce) {
  const Answered issued = issue(kLeast);
  EXPECT_EQ(issued.status, 201);
  EXPECT_EQ(issued.field("Cache-Control"), "no-store");
  const std::string handle = issued.text("proxy_handle");
  EXPECT_THAT(handle, StartsWith("hwh_"));
  const auto who = handles.authenticate(handle);
  ASSERT_NE(who, nullptr);
  EXPECT_EQ(store::to_text(who->id()), issued.text("id"));

  const Answered shown = on(&HandleRoutes::get, issued.text("id"));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(without_id(shown.json()), without_id(issued.json()));
  for (const std::string& text : {shown.body, list().body, log.text()})
    EXPECT_THAT(text, Not(HasSubstr(handle)));
}

TEST_F(HandleRoutesTest, GivesTheLeastUnlessAskedForMore) {
  const boost::json::object usual = {
      {"issuer", "admin"},
      {"repository", "acme/Widgets"},
      {"operations", {"read"}},
      {"priority", "normal"},
      {"budget", {{"concurrent", 8}, {"requests", 100}, {"bytes", 26'214'400}}},
      {"spent", {{"requests", 0}, {"bytes", 0}}},
      {"created_at", "2027-01-15T08:00:00Z"},
      {"expires_at", "2027-01-15T09:00:00Z"}};
  EXPECT_EQ(without_id(issue(kLeast).json()), usual);
}

TEST_F(HandleRoutesTest, GivesWhatWasAskedFor) {
  const boost::json::object full = {{"issuer", "admin"},
                                    {"repository", "acme/Widgets"},
                                    {"host", "ghe.example.com"},
                                    {"operations", {"read", "create_issue", "issues/update"}},
                                    {"priority", "background"},
                                    {"budget", {{"concurrent", 2}, {"requests", 3}, {"bytes", 4000}}},
                                    {"spent", {{"requests", 0}, {"bytes", 0}}},
                                    {"created_at", "2027-01-15T08:00:00Z"},
                                    {"expires_at", "2027-01-15T09:30:00Z"}};
  const Answered issued = issue(kFull);
  EXPECT_EQ(without_id(issued.json()), full);
  const auto who = handles.authenticate(issued.text("proxy_handle"));
  EXPECT_TRUE(who->operations().has(*catalogue::parse_operation_name("issues/update")));
  EXPECT_FALSE(who->operations().has(*catalogue::parse_operation_name("issues/create")));
}

TEST_F(HandleRoutesTest, ShowsWhatIsSpent) {
  const Answered issued = issue(kLeast);
  const SteadyPoint now = time.clock().steady_now();
  const auto who = handles.authenticate(issued.text("proxy_handle"));
  const auto lease =
      time.run(who->budget().acquire(policy::CallKind::kRead, now, now + std::chrono::minutes(1)));
  ASSERT_TRUE(lease && time.run((*lease)->spend(123)));
  const boost::json::object spent = {{"requests", 1}, {"bytes", 123}};
  EXPECT_EQ(on(&HandleRoutes::get, issued.text("id")).json().at("spent"), spent);
  EXPECT_EQ(list().json().at("handles").as_array().at(0).at("spent"), spent);
}

TEST_F(HandleRoutesTest, RefusesAWishThatIsNone) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"([])", "not one JSON object"},
      {R"({})", "\"repository\""},
      {R"({"repository":7})", "\"repository\""},
      {R"({"repository":"acme"})", "\"acme\""},
      {R"({"repository":"acme/../x"})", "\"acme/../x\""},
      {R"({"repository":"a/b","host":7})", "\"host\""},
      {R"({"repository":"a/b","host":"https://x/"})", "host's name"},
      {R"({"repository":"a/b","operations":"read"})", "\"operations\""},
      {R"({"repository":"a/b","operations":["read",1]})", "\"operations\""},
      {R"({"repository":"a/b","operations":[]})", "at least one"},
      {R"({"repository":"a/b","operations":["read","read"]})", "twice"},
      {R"({"repository":"a/b","operations":["conjure_issue"]})", "conjure_issue"},
      {R"({"repository":"a/b","expires_in":3600})", "\"expires_in\""},
      {R"({"repository":"a/b","expires_in":"soon"})", "\"expires_in\""},
      {R"({"repository":"a/b","expires_in":"-1h"})", "\"expires_in\""},
      {R"({"repository":"a/b","expires_in":"0s"})", "from 1s to 30d"},
      {R"({"repository":"a/b","expires_in":"31d"})", "from 1s to 30d"},
      {R"({"repository":"a/b","expires_in":"99999999999999999999d"})", "\"expires_in\""},
      {R"({"repository":"a/b","budget":100})", "\"budget\""},
      {R"({"repository":"a/b","budget":{"seconds":1}})", "\"seconds\""},
      {R"({"repository":"a/b","budget":{"concurrent":0}})", "\"concurrent\""},
      {R"({"repository":"a/b","budget":{"concurrent":101}})", "\"concurrent\""},
      {R"({"repository":"a/b","budget":{"requests":-1}})", "\"requests\""},
      {R"({"repository":"a/b","budget":{"requests":1.5}})", "\"requests\""},
      {R"({"repository":"a/b","budget":{"requests":"100"}})", "\"requests\""},
      {R"({"repository":"a/b","budget":{"bytes":18446744073709551615}})", "\"bytes\""},
      {R"({"repository":"a/b","budget":{"bytes":1e30}})", "\"bytes\""},
      {R"({"repository":"a/b","budget":{"bytes":1,"bytes":2}})", "more than once"},
      {R"({"repository":"a/b","priority":"urgent"})", "\"priority\""},
      {R"({"repository":"a/b","priority":1})", "\"priority\""},
      {R"({"repository":"a/b","issuer":"somebody"})", "\"issuer\""},
      {R"({"repository":"a/b","repository":"c/d"})", "more than once"},
  };
  for (const auto& [body, told] : rows) {
    const Answered answer = issue(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.text("error"), "invalid_request") << body;
    EXPECT_THAT(answer.text("message"), HasSubstr(std::string(told))) << body;
  }
  EXPECT_EQ(list().json().at("handles").as_array().size(), 0U);
}

TEST_F(HandleRoutesTest, RevokesAtOnce) {
  const Answered first = issue(kLeast);
  const Answered second = issue(kLeast);
  EXPECT_EQ(on(&HandleRoutes::revoke, first.text("id")).status, 204);
  EXPECT_EQ(handles.authenticate(first.text("proxy_handle")), nullptr);
  EXPECT_NE(handles.authenticate(second.text("proxy_handle")), nullptr);
  EXPECT_EQ(on(&HandleRoutes::get, first.text("id")).text("revoked_at"), "2027-01-15T08:00:00Z");
  EXPECT_FALSE(on(&HandleRoutes::get, second.text("id")).json().contains("revoked_at"));
  EXPECT_EQ(on(&HandleRoutes::revoke, first.text("id")).status, 204);
}

TEST_F(HandleRoutesTest, PagesThroughTheList) {
  std::set<std::string> issued;
  for (int i = 0; i < 5; ++i) issued.insert(issue(kLeast).text("id"));
  std::set<std::string> seen;
  std::string query = "limit=2";
  for (int page = 0; page < 5; ++page) {
    const Answered answer = list(query);
    ASSERT_EQ(answer.status, 200);
    const boost::json::array on_it = answer.json().at("handles").as_array();
    for (const auto& each : on_it) EXPECT_TRUE(seen.emplace(each.at("id").as_string()).second);
    const std::string cursor = answer.text("next_cursor");
    if (cursor.empty()) break;
    query = "limit=2&cursor=" + cursor;
  }
  EXPECT_EQ(seen, issued);
  EXPECT_FALSE(list().json().contains("next_cursor"));
  for (const char* bad : {"limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "page=2"}) {
    EXPECT_EQ(list(bad).status, 400) << bad;
  }
}

TEST_F(HandleRoutesTest, SaysWhichHandlesAreNotThere) {
  for (const ById route : {&HandleRoutes::get, &HandleRoutes::revoke}) {
    EXPECT_EQ(on(route, "0123456789abcdef").status, 404);
    for (const char* bad : {"", "../x", "0123456789ABCDEF", "0123456789abcdef0"}) {
      EXPECT_EQ(on(route, bad).status, 400) << bad;
    }
  }
}

TEST_F(HandleRoutesTest, AreTheOperatorsAlone) {
  const Answered issued = issue(kLeast);
  const std::string token = register_workspace("agent-7", {"acme/widgets"});
  const FakeRequest nobody(http::Method::kGet);
  const FakeRequest workspace = FakeRequest(http::Method::kGet).bearer(token);
  const FakeRequest holder = FakeRequest(http::Method::kGet).bearer(issued.text("proxy_handle"));
  for (FakeRequest request : {nobody, workspace, holder}) {
    EXPECT_EQ(settle(routes.issue(request)).status, 401);
    EXPECT_EQ(settle(routes.list(request)).status, 401);
    EXPECT_EQ(settle(routes.get(request, issued.text("id"))).status, 401);
    EXPECT_EQ(settle(routes.get(request, "../x")).status, 401) << "before anything else is looked at";
    EXPECT_EQ(settle(routes.revoke(request, issued.text("id"))).status, 401);
  }
  EXPECT_NE(handles.authenticate(issued.text("proxy_handle")), nullptr);
}

TEST_F(HandleRoutesTest, AnswerThatTheRecordsAreAway) {
  const Answered issued = issue(kLeast);
  records->stop();
  EXPECT_EQ(issue(kLeast).status, 503);
  EXPECT_EQ(list().status, 503);
  EXPECT_EQ(on(&HandleRoutes::revoke, issued.text("id")).status, 503);
  EXPECT_NE(handles.authenticate(issued.text("proxy_handle")), nullptr);
}

TEST_F(HandleRoutesTest, TellTheLogWhatChanged) {
  const std::string id = issue(kLeast).text("id");
  issue("{}");
  on(&HandleRoutes::revoke, id);
  on(&HandleRoutes::revoke, "0123456789abcdef");
  EXPECT_EQ(log.count("admin.handle_changed"), 2U);
  EXPECT_EQ(log.last("admin.handle_changed").field("change"), "revoked");
  EXPECT_EQ(log.last("admin.handle_changed").field("handle"), id);
}

}  // namespace
}  // namespace hubwarden::delivery
