#include "delivery/token/token_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/delivery_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using testing::Answered;
using ::testing::ElementsAre;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TokenRoutesTest : public DeliveryTest {
 protected:
  TokenRoutesTest() { defaults.installation = InstallationId(7); }

  Answered settle(http::Reply reply) { return Answered(time.run(testing::settled(std::move(reply)))); }

  Answered get(std::string_view query = "", std::string_view id = "agent-7") {
    FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(id == "agent-8" ? eight : seven);
    return settle(routes.get_for_workspace(request, id));
  }
  Answered get_as_admin(std::string_view query = "") {
    FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(kAdminToken);
    return settle(routes.get_for_admin(request));
  }
  Answered report(std::string_view token, std::string_view id = "agent-7") {
    return report_body("{\"token\":\"" + std::string(token) + "\"}", id);
  }
  Answered report_body(std::string body, std::string_view id = "agent-7") {
    FakeRequest request(http::Method::kPost, "/", std::move(body));
    request.add("Content-Type", "application/json").bearer(id == "agent-8" ? eight : seven);
    return settle(routes.reject_for_workspace(request, id));
  }

  std::string seven = register_workspace("agent-7", {"acme/widgets", "acme/gadgets"}, "contents:write");
  std::string eight = register_workspace("agent-8", {"acme/widgets"}, "contents:read");
  TokenDefaults defaults;
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  TokenRoutes routes{{time.clock(), gate, service, rule_budgets, holders, recorder, log, metrics},
                     with_installation()};

 private:
  static TokenDefaults with_installation() {
    TokenDefaults usual;
    usual.installation = InstallationId(7);
    return usual;
  }
};

TEST_F(TokenRoutesTest, GivesAWorkspaceItsTokenAndTheSameOneAgain) {
  const Answered first = get();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.text("token"), github.issued.at(0)->reveal());
  EXPECT_EQ(first.text("source"), "app");
  EXPECT_EQ(first.text("expires_at"), "2027-01-15T09:00:00Z");
  EXPECT_EQ(first.field("Cache-Control"), "no-store");
  EXPECT_EQ(first.field("Content-Type"), "application/json");
  EXPECT_EQ(get().body, first.body);
  EXPECT_EQ(github.mints, 1);
}

// From its third request on a caller is answered by the shortcut to what it got before.
TEST_F(TokenRoutesTest, GivesAgainWithoutASearchOnlyWhatIsStillTheTokenToGive) {
  const auto settled_token = [this] {
    get();
    get();
    return get().text("token");
  };
  const std::string first = settled_token();
  EXPECT_EQ(first, github.issued.at(0)->reveal());
  EXPECT_NE(get("repo=acme/widgets").text("token"), first) << "another question";
  EXPECT_NE(get("", "agent-8").text("token"), first) << "another caller";
  EXPECT_EQ(get().text("token"), first);
  github.revoked.insert(first);
  time.advance(1min);
  ASSERT_EQ(report(first).status, 204);
  const std::string second = settled_token();
  EXPECT_NE(second, first);
  time.advance(56min);
  const std::string third = settled_token();
  EXPECT_NE(third, second);
  time.advance(61min);
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  EXPECT_EQ(get().status, 500) << "never an expired one";
}

TEST_F(TokenRoutesTest, TellsWhatItGivesWithoutASearchAsItTellsEverythingElse) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(get().status, 200);
    ASSERT_EQ(get_as_admin().status, 200);
  }
  EXPECT_EQ(log.count("github.token_handed_out"), 10U);
  EXPECT_EQ(log.last("github.token_handed_out").field("caller"), "@admin");
  EXPECT_EQ(log.last("github.token_handed_out").severity, obs::Severity::kDebug);
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_token_requests_total{outcome=\"fresh\"} 10\n"));
}

TEST_F(TokenRoutesTest, RefusesBeforeItLooksIntoAnyCache) {
  ASSERT_EQ(get("repo=acme/gadgets").status, 200);
  ASSERT_EQ(get("repo=acme/widgets").status, 200);
  EXPECT_EQ(get("repo=acme/gadgets", "agent-8").status, 403);
  EXPECT_EQ(get("permissions=contents:write", "agent-8").status, 403);
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TokenRoutesTest, GivesTwoWorkspacesOneTokenOnlyForOneScope) {
  const std::string writes = get("repo=acme/widgets").text("token");
  const std::string reads = get("", "agent-8").text("token");
  EXPECT_NE(writes, reads);
  EXPECT_EQ(get("repo=acme/widgets&permissions=contents:read").text("token"), reads);
}

TEST_F(TokenRoutesTest, RefusesOneWorkspaceTheRouteOfAnother) {
  FakeRequest request(http::Method::kGet);
  request.bearer(seven);
  EXPECT_EQ(settle(routes.get_for_workspace(request, "agent-8")).status, 401);
  EXPECT_EQ(settle(routes.get_for_admin(request)).status, 401);
  EXPECT_EQ(settle(routes.reject_for_workspace(request, "agent-8")).status, 401);
  EXPECT_EQ(settle(routes.reject_for_admin(request)).status, 401);
  EXPECT_EQ(github.mints + github.lookups, 0);
}

TEST_F(TokenRoutesTest, GivesTheOperatorTheConfiguredInstallationOrWhatIsAskedFor) {
  const std::string everything = get_as_admin().text("token");
  EXPECT_EQ(everything, github.issued.at(0)->reveal());
  EXPECT_EQ(get_as_admin("repo=rival/secrets&permissions=contents:read").status, 200);
  EXPECT_EQ(get_as_admin("installation=7").text("token"), everything);
  EXPECT_EQ(get_as_admin("installation=8").status, 200);
  EXPECT_EQ(github.mints, 3);
}

TEST_F(TokenRoutesTest, AnswersGitHubsTroubleWith500AndItsCode) {
  const Error limit =
      Error(ErrorCode::kRateLimited, "used up").with_retry_after(37s).with_limit(Limit::kPrimary);
  github.mint_error = limit;
  const Answered answer = get();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.text("error"), "rate_limited");
  EXPECT_EQ(answer.text("limit"), "primary");
  EXPECT_EQ(answer.text("fix"), "wait");
  EXPECT_EQ(answer.field("Retry-After"), "37");
  EXPECT_EQ(answer.text("request_id"), "request-1");
  EXPECT_EQ(log.last("github.token_refused").field("error"), "rate_limited");
}

TEST_F(TokenRoutesTest, KeepsTheStatusOfWhatTheCallerDid) {
  EXPECT_EQ(get("repo=acme/secret").status, 403);
  EXPECT_EQ(get("repo=acme/secret").text("message"), "this credential is not about acme/secret");
  EXPECT_EQ(get("nonsense=1").status, 400);
  const Answered nowhere = get("host=github.example.com");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.text("error"), "not_configured");
  EXPECT_EQ(log.count("github.token_refused"), 0U);
}

TEST_F(TokenRoutesTest, GivesUpWaitingAtTheRoutesDeadline) {
  github.mint_takes = 60s;
  const SteadyPoint before = time.clock().steady_now();
  const Answered answer = get();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.text("error"), "upstream_timeout");
  EXPECT_EQ(time.clock().steady_now() - before, 25s);
}

TEST_F(TokenRoutesTest, CountsWhatCallersGot) {
  get();
  get();
  get("repo=acme/secret");
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  time.advance(56min);
  EXPECT_EQ(get().status, 200);
  get("repo=acme/widgets");
  const std::string page = metrics.render();
  EXPECT_THAT(page, HasSubstr("hubwarden_token_requests_total{outcome=\"fresh\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_token_requests_total{outcome=\"stale\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_token_requests_total{outcome=\"refused\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_token_requests_total{outcome=\"failed\"} 1\n"));
}

TEST_F(TokenRoutesTest, WritesALineWhenACallersTokenChangesAndOtherwiseOnlyForDebugging) {
  const auto severity = [this] { return log.last("github.token_handed_out").severity; };
  get();
  EXPECT_EQ(severity(), obs::Severity::kInfo);
  const obs::CapturedEvent line = log.last("github.token_handed_out");
  EXPECT_THAT(line.line, StartsWith("[github] "));
  EXPECT_EQ(line.field("caller"), "agent-7");
  EXPECT_EQ(line.field("fingerprint"), github.issued.at(0)->fingerprint());
  EXPECT_EQ(line.field("expires_at"), "2027-01-15T09:00:00Z");
  EXPECT_EQ(line.field("request_id"), "request-1");
  EXPECT_TRUE(line.field("scope").has_value());
  EXPECT_TRUE(line.field("remaining").has_value());
  get();
  EXPECT_EQ(severity(), obs::Severity::kDebug);
  time.advance(56min);
  get();
  EXPECT_EQ(severity(), obs::Severity::kInfo);
  get("", "agent-8");
  EXPECT_EQ(severity(), obs::Severity::kInfo);
  get_as_admin();
  EXPECT_EQ(log.last("github.token_handed_out").field("caller"), "@admin");
}

TEST_F(TokenRoutesTest, PassesTheTraceOnAndNamesItWhereItNamesTheRequest) {
  const auto ask = [this](const char* traceparent) {
    FakeRequest request(http::Method::kGet, "/?repo=acme/widgets");
    request.bearer(seven).add("traceparent", traceparent);
    return settle(routes.get_for_workspace(request, "agent-7")).status;
  };
  EXPECT_EQ(ask("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), 200);
  EXPECT_THAT(github.traces,
              ElementsAre("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"))
      << "the look-up, the mint";
  EXPECT_EQ(log.last("github.token_handed_out").field("trace_id"), "0af7651916cd43dd8448eb211c80319c");

  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  time.advance(61min);
  EXPECT_EQ(ask("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), 500);
  EXPECT_EQ(github.traces.back(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(log.last("github.token_refused").field("trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(TokenRoutesTest, IgnoresABrokenTrace) {
  FakeRequest request(http::Method::kGet, "/?repo=acme/widgets");
  request.bearer(seven).add("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01");
  EXPECT_EQ(settle(routes.get_for_workspace(request, "agent-7")).status, 200);
  EXPECT_THAT(github.traces, ElementsAre("", ""));
  EXPECT_EQ(log.last("github.token_handed_out").field("trace_id"), std::nullopt);
}

TEST_F(TokenRoutesTest, NeverWritesASecret) {
  get();
  get("", "agent-8");
  get_as_admin();
  time.advance(56min);
  get();
  github.mint_error = Error(ErrorCode::kUpstreamAuth, "refused");
  get("repo=acme/widgets&permissions=issues:read");
  get_as_admin("repo=rival/secrets");
  for (const tokens::TokenPtr& token : github.issued) report(token->reveal());
  report_body("{\"token\":\"hww_not-a-github-token\"");
  get("repo=acme/secret");
  const std::string everything = log.text() + metrics.render();
  ASSERT_FALSE(log.text().empty());
  std::vector<std::string> secrets = {seven, eight, std::string(kAdminToken), "hww_not-a-github-token"};
  // A fake's fingerprint is made of its token; here it stands for one.
  for (const tokens::TokenPtr& token : github.issued) secrets.push_back("=" + std::string(token->reveal()));
  for (const std::string& secret : secrets) EXPECT_THAT(everything, ::testing::Not(HasSubstr(secret)));
}

TEST_F(TokenRoutesTest, ForgetsAReportedTokenThatGitHubRefuses) {
  const std::string token = get().text("token");
  time.advance(1min);
  EXPECT_EQ(report(token).status, 204);
  EXPECT_EQ(get().text("token"), token) << "GitHub takes it still";
  github.revoked.insert(token);
  EXPECT_EQ(report(token).status, 204);
  EXPECT_NE(get().text("token"), token);
}

TEST_F(TokenRoutesTest, IgnoresReportsOfWhatTheCallerMayNotHave) {
  const std::string wide = get("repo=acme/widgets").text("token");
  const std::string admins = get_as_admin().text("token");
  time.advance(1min);
  github.revoked = {wide, admins};
  EXPECT_EQ(report(wide, "agent-8").status, 204) << "one may not even learn that it is one";
  EXPECT_EQ(report(admins).status, 204);
  EXPECT_EQ(report("ghs_made_up").status, 204);
  EXPECT_EQ(github.liveness_checks, 0) << "values that callers made up are not sent to GitHub";
  EXPECT_EQ(get("repo=acme/widgets").text("token"), wide);
  EXPECT_EQ(get_as_admin().text("token"), admins);
}

TEST_F(TokenRoutesTest, TakesTenReportsAtOnceFromEachCaller) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(report("ghs_x").status, 204);
  const Answered limited = report("ghs_x");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.text("error"), "rate_limited");
  EXPECT_EQ(limited.text("limit"), "caller");
  EXPECT_EQ(limited.field("Retry-After"), "6");
  EXPECT_EQ(report("ghs_x", "agent-8").status, 204);
  time.advance(6s);
  EXPECT_EQ(report("ghs_x").status, 204);
}

TEST_F(TokenRoutesTest, RefusesAReportThatIsNone) {
  const std::pair<std::string, int> rows[] = {
      {"", 400},
      {"{}", 400},
      {"{\"token\":1}", 400},
      {"{\"token\":\"\"}", 400},
      {"{\"token\":\"x\",\"why\":\"y\"}", 400},
      {"{\"token\":\"" + std::string(8193, 'x') + "\"}", 400},
      {"{\"token\":\"" + std::string(2 << 20, 'x') + "\"}", 413},
  };
  for (const auto& [body, status] : rows) EXPECT_EQ(report_body(body).status, status) << body.substr(0, 40);
  FakeRequest text(http::Method::kPost, "/", "{\"token\":\"x\"}");
  text.add("Content-Type", "text/plain").bearer(seven);
  EXPECT_EQ(settle(routes.reject_for_workspace(text, "agent-7")).status, 415);
}

}  // namespace
}  // namespace hubwarden::delivery
