#include "delivery/operations/operation_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "delivery/operations/operation_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using hubwarden::testing::Answered;
using hubwarden::testing::FakeRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kAllowed[] = {"read", "create_issue", "issues/update",
                                         "search/issues-and-pull-requests"};

class OperationRoutesTest : public OperationTest {
 protected:
  OperationRoutesTest() {
    auto allowed = catalogue::OperationSet::of(catalogue::OperationList::parse(kAllowed).value());
    authority->operators =
        rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>(std::move(allowed)));
  }

  // A handle for acme/widgets; its secret.
  std::string handle(std::vector<std::string_view> operations, policy::BudgetLimits limits = {}) {
    auth::HandleWish wish(*policy::Repository::parse("acme/widgets"),
                          catalogue::OperationList::parse(operations).value());
    wish.limits = limits;
    const auth::NewHandle issued = hubwarden::test::run(handles.issue(std::move(wish))).value();
    return std::string(issued.handle().reveal());
  }
  static std::string order(std::string_view handle, std::string_view operation,
                           std::string_view params = "{}") {
    return R"({"proxy_handle":")" + std::string(handle) + R"(","operation":")" + std::string(operation) +
           R"(","params":)" + std::string(params) + "}";
  }

  // The answer, its body read to the end.
  http::Task<Answered> settled_whole(http::Reply reply) {
    http::Response response = co_await hubwarden::testing::settled(std::move(reply));
    if (auto* stream = std::get_if<std::unique_ptr<http::BodySource>>(&response.body())) {
      const std::unique_ptr<http::BodySource> source = std::move(*stream);
      Result<std::string> text = co_await http::read_all(*source, 64 << 20);
      response.body() = text ? std::move(*text) : "cut: " + text.error().message();
    }
    co_return Answered(response);
  }
  Answered post(std::string body, http::Fields fields = http::Fields(), std::string query = "") {
    FakeRequest request(http::Method::kPost, std::string(kOperationsPath) + query, std::move(body));
    request.add("Content-Type", "application/json");
    for (const auto& [name, value] : fields) request.add(std::string(name), std::string(value));
    return time.run(settled_whole(routes.post(request)));
  }
  void post_later(const FakeRequest& request, std::vector<int>& statuses) {
    time.spawn(keep_status(request, statuses));
  }
  http::Task<> keep_status(FakeRequest request, std::vector<int>& statuses) {
    const Answered answer = co_await settled_whole(routes.post(request));
    statuses.push_back(answer.status);
  }

  Idempotency writes{time.clock(), time};
  OperationRoutes routes{
      {time.clock(), gate, performer, writes, rule_budgets, approvals, recorder, log, metrics},
      OperationRules("github.com")};
};

TEST_F(OperationRoutesTest, GivesGitHubsAnswerToTheHolderOfAHandle) {
  answers(200, R"({"full_name":"acme/widgets"})", one_field("ETag", "W/\"1\""));
  const Answered answer = post(order(handle({"read"}), "repository_metadata"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"full_name":"acme/widgets"})");
  EXPECT_EQ(answer.field("ETag"), "W/\"1\"");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_THAT(answer.body, Not(HasSubstr("ghs_")));
}

TEST_F(OperationRoutesTest, AsksForThePageThatALinkLedTo) {
  answers(200, "[]");
  EXPECT_EQ(post(order(handle({"read"}), "repository_issues"), http::Fields(), "?page=2&per_page=30").status,
            200);
  EXPECT_THAT(asked, ElementsAre("GET api.github.com/repos/acme/widgets/issues?page=2&per_page=30"));
}

TEST_F(OperationRoutesTest, PassesOnConditionsAndGitHubsOwnForms) {
  answers(304, "");
  http::Fields fields = one_field("If-None-Match", "W/\"1\"");
  fields.add("Accept", "application/vnd.github.diff");
  fields.add("Cookie", "a=b");
  EXPECT_EQ(post(order(handle({"read"}), "pulls/get", R"({"pull_number":1})"), fields).status, 304);
  const http::Fields& sent = client.requests().back().fields;
  EXPECT_EQ(sent.find("If-None-Match"), "W/\"1\"");
  EXPECT_EQ(sent.find("Accept"), "application/vnd.github.diff");
  EXPECT_FALSE(sent.find("Cookie"));
}

TEST_F(OperationRoutesTest, RefusesEveryoneWithoutALiveHandle) {
  const std::string good = handle({"read"});
  for (const std::string& wrong : {std::string("hwh_x"), std::string(), good + "x", std::string(kAdminToken),
                                   register_workspace("agent-7", {"acme/widgets"})}) {
    const Answered answer = post(order(wrong, "repository_metadata"));
    EXPECT_EQ(answer.status, 401) << wrong.substr(0, 4);
  }
  time.advance(2h);
  EXPECT_EQ(post(order(good, "repository_metadata")).status, 401) << "it has expired";
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_EQ(github.mints, 0);
}

TEST_F(OperationRoutesTest, AllowsWhatHandleAndConfigurationBothName) {
  struct Case {
    std::vector<std::string_view> operations;
    std::string_view operation;
    std::string_view params;
    int status;
  };
  const Case cases[] = {
      {{"read"}, "pulls/list", "{}", 200},
      {{"create_issue"}, "create_issue", R"({"title":"x"})", 200},
      {{"issues/update"}, "issues/update", R"({"issue_number":1,"body":{}})", 200},
      {{"search/issues-and-pull-requests"}, "search/issues-and-pull-requests", R"({"query":{"q":"x"}})", 200},
      {{"read"}, "create_issue", R"({"title":"x"})", 403},
      {{"read"}, "search/issues-and-pull-requests", R"({"query":{"q":"x"}})", 403},
      {{"create_issue"}, "repository_metadata", "{}", 403},
      {{"create_issue"}, "issues/create", R"({"body":{"title":"x"}})", 403},
      {{"issues/create"}, "issues/create", R"({"body":{"title":"x"}})", 403},
      {{"issues/create"}, "create_issue", R"({"title":"x"})", 200},
      {{"repos/delete"}, "repos/delete", "{}", 403},
      {{"read"}, "apps/get-authenticated", "{}", 403},
  };
  for (const Case& one : cases) {
    if (one.status == 200) answers(200, "{}");
    const Answered answer = post(order(handle(one.operations), one.operation, one.params));
    EXPECT_EQ(answer.status, one.status)
        << one.operations.front() << " " << one.operation << " " << answer.body;
    EXPECT_EQ(answer.text("error"), one.status == 403 ? "operation_not_allowed" : "") << one.operation;
    EXPECT_THAT(script, IsEmpty());
    time.advance(2s);
  }
}

TEST_F(OperationRoutesTest, RefusesWhatItCannotReadBeforeAnythingIsTouched) {
  const std::string secret = handle({"read"});
  for (const std::string& body :
       {std::string("{"), std::string("[]"), order(secret, "no/such-operation"),
        order(secret, "repository_metadata", "[]"), order(secret, "pulls/get", R"({"pull_number":"../1"})"),
        R"({"proxy_handle":")" + secret + R"("})",
        std::string(R"({"proxy_handle":7,"operation":"repos/get"})"),
        R"({"proxy_handle":")" + secret + R"(","operation":"repos/get","owner":"x"})"}) {
    EXPECT_EQ(post(body).status, 400) << body.substr(0, 40);
  }
  EXPECT_EQ(post("{}").status, 401) << "nobody asks";
  EXPECT_EQ(github.mints, 0);
  EXPECT_EQ(handles.authenticate(secret)->budget().spent().requests, 0U);
}

TEST_F(OperationRoutesTest, CountsCallsAndBytesAgainstTheHandlesBudget) {
  const std::string secret = handle({"read"}, *policy::BudgetLimits::make(1, 2, 1000));
  answers(200, std::string(900, 'x'));
  EXPECT_EQ(post(order(secret, "repository_metadata")).status, 200);
  answers(200, std::string(200, 'x'));
  const Answered too_long = post(order(secret, "repository_metadata"));
  EXPECT_EQ(too_long.status, 429);
  EXPECT_EQ(too_long.text("error"), "budget_exceeded");
  asked.clear();
  const Answered spent = post(order(secret, "repository_metadata"));
  EXPECT_EQ(spent.text("error"), "budget_exceeded");
  EXPECT_EQ(spent.text("fix"), "caller");
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(OperationRoutesTest, NeverCallsAWriteFailedForItsBudget) {
  const std::string secret = handle({"create_issue"}, *policy::BudgetLimits::make(1, 10, 100));
  answers(201, std::string(5000, 'x'));
  const Answered written = post(order(secret, "create_issue", R"({"title":"x"})"));
  EXPECT_EQ(written.status, 201);
  EXPECT_THAT(written.body, SizeIs(5000));
  EXPECT_EQ(post(order(secret, "create_issue", R"({"title":"x"})")).text("error"), "budget_exceeded");
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(OperationRoutesTest, DoesNotCountWhatWasNeverSent) {
  const std::string secret = handle({"read"});
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "GitHub is having trouble");
  EXPECT_EQ(post(order(secret, "repository_metadata")).status, 503);
  const auto who = handles.authenticate(secret);
  EXPECT_EQ(who->budget().spent().requests, 0U);
  EXPECT_EQ(who->budget().in_flight(), 0U);
}

TEST_F(OperationRoutesTest, CarriesOutAWriteOnceUnderItsKey) {
  const std::string secret = handle({"create_issue"});
  answers(201, R"({"number":1})", one_field("X-GitHub-Request-Id", "A:1"));
  const std::string body = order(secret, "create_issue", R"({"title":"x"})");
  const http::Fields key = one_field("Idempotency-Key", "k-1");
  const Answered first = post(body, key);
  const Answered again = post(body, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("X-GitHub-Request-Id"), "A:1");
  EXPECT_EQ(again.field("Idempotent-Replayed"), "true");
  EXPECT_EQ(first.field("Idempotent-Replayed"), "");
  EXPECT_THAT(asked, SizeIs(1));
  EXPECT_EQ(post(order(secret, "create_issue", R"({"title":"y"})"), key).status, 409);
}

TEST_F(OperationRoutesTest, LetsATwinWaitForTheFirst) {
  const std::string secret = handle({"create_issue"});
  FakeRequest request(http::Method::kPost, std::string(kOperationsPath),
                      order(secret, "create_issue", R"({"title":"x"})"));
  request.add("Content-Type", "application/json").add("Idempotency-Key", "k-1");
  answers(201, R"({"number":1})");
  client.delay_with([this] { return net::sleep_until(time, time.clock().steady_now() + 3s); });
  std::vector<int> statuses;
  for (int i = 0; i < 3; ++i) post_later(request, statuses);
  time.advance(10s);
  EXPECT_THAT(statuses, ElementsAre(201, 201, 201));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(OperationRoutesTest, SendsNothingAgainOfWhichNobodyKnowsWhatBecame) {
  const std::string secret = handle({"create_issue"});
  const std::string body = order(secret, "create_issue", R"({"title":"x"})");
  const http::Fields key = one_field("Idempotency-Key", "k-1");
  script.emplace_back(fail(ErrorCode::kUpstreamTimeout, "no answer"));
  EXPECT_EQ(post(body, key).status, 504);
  const Answered again = post(body, key);
  EXPECT_EQ(again.status, 504);
  EXPECT_THAT(again.text("message"), HasSubstr("not sent again"));
  EXPECT_THAT(asked, SizeIs(1));
}

TEST_F(OperationRoutesTest, LetsAWriteBeTriedAgainThatGitHubRefused) {
  const std::string secret = handle({"create_issue"});
  const std::string body = order(secret, "create_issue", R"({"title":"x"})");
  const http::Fields key = one_field("Idempotency-Key", "k-1");
  answers(410, R"({"message":"Issues are disabled for this repo"})");
  EXPECT_EQ(post(body, key).status, 410);
  time.advance(2s);
  answers(201, "{}");
  EXPECT_EQ(post(body, key).status, 201);
}

TEST_F(OperationRoutesTest, TellsGitHubsRefusalsInItsOwnWordsAndGitHubs) {
  answers(422, R"({"message":"Validation Failed","errors":[{"field":"q","code":"missing"}]})");
  const Answered answer = post(order(handle({"search/issues-and-pull-requests"}),
                                     "search/issues-and-pull-requests", R"({"query":{"q":"x"}})"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.text("error"), "invalid_request");
  EXPECT_EQ(answer.text("detail"), "Validation Failed; q: missing");
  EXPECT_EQ(answer.json().at("upstream_status"), 422);
}

TEST_F(OperationRoutesTest, FreesItsSlotWhenTheBodyIsThrough) {
  const std::string secret = handle({"read"}, *policy::BudgetLimits::make(1, 10, 1 << 20));
  answers(200, "{}");
  FakeRequest request(http::Method::kPost, std::string(kOperationsPath),
                      order(secret, "repository_metadata"));
  request.add("Content-Type", "application/json");
  {
    const http::Response open = time.run(hubwarden::testing::settled(routes.post(request)));
    EXPECT_EQ(post(order(secret, "repository_metadata")).text("error"), "budget_exceeded");
  }
  answers(200, "{}");
  EXPECT_EQ(post(order(secret, "repository_metadata")).status, 200);
}

}  // namespace
}  // namespace hubwarden::delivery
