#include "delivery/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/identity/identity_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using rules::may_do;
using rules::may_have;
using rules::rule_of;
using rules::who_of;
using ::testing::HasSubstr;
using ::testing::Not;

// In force is the fixture's: tokens with contents:read and packages:write, reads, for the own repository.
class TrialTest : public IdentityTest {
 protected:
  TrialTest() { maker.claims["sub"] = "repo:acme/widgets"; }

  void try_out(std::vector<rules::Allowance> may, std::string agent = "build of {repository}") {
    rules::Rule rule =
        rule_of("stricter", who_of("ci", {{"repository", "acme/*"}}), {"{repository}"}, std::move(may));
    rule.session.agent = std::move(agent);
    rule.session.tenant = "acme";
    try_out(rule);
  }
  void try_out(const rules::Rule& rule) {
    trial = std::make_unique<Trial>(Trial::Parts{time.clock(), recorder, log, metrics},
                                    *rules::RuleBook::make({rule}, {}));
    tried_sessions = std::make_unique<SessionRoutes>(
        SessionRoutes::Parts{time.clock(), gate, sessions, throttle, recorder, log, metrics, trial.get()},
        10s);
    tried_tokens =
        std::make_unique<TokenRoutes>(TokenRoutes::Parts{time.clock(), gate, service, rule_budgets, holders,
                                                         recorder, log, metrics, trial.get()},
                                      TokenDefaults());
  }

  testing::Answered begin() {
    testing::FakeRequest request(http::Method::kPost);
    request.bearer(maker.text());
    return settle(tried_sessions->open(request));
  }
  std::string session() { return std::string(begin().json().at("token").as_string()); }
  int ask(std::string_view bearer, std::string_view query = "repo=acme/widgets") {
    testing::FakeRequest request(http::Method::kGet, "/?" + std::string(query));
    request.bearer(bearer);
    return settle(tried_tokens->get_for_session(request)).status;
  }
  void expect_counted(std::string_view about, std::string_view difference, int times) {
    const std::string line = "hubwarden_policy_trial_total{about=\"" + std::string(about) +
                             "\",difference=\"" + std::string(difference) + "\"} " + std::to_string(times);
    EXPECT_THAT(metrics.render(), HasSubstr(line + "\n"));
  }

  std::unique_ptr<Trial> trial;
  std::unique_ptr<SessionRoutes> tried_sessions;
  std::unique_ptr<TokenRoutes> tried_tokens;
};

TEST_F(TrialTest, HearsWhatItWouldRefuseAndChangesNothing) {
  try_out({may_do({"read"})});
  const std::string who = session();
  EXPECT_EQ(ask(who), 200);
  EXPECT_EQ(ask(who), 200);
  expect_counted("session", "none", 1);
  expect_counted("token", "would_refuse", 2);
  const obs::CapturedEvent line = log.last("policy.trial_differs");
  EXPECT_EQ(line.field("difference"), "would_refuse");
  EXPECT_EQ(line.field("agent"), "build of acme/widgets");
  EXPECT_EQ(line.field("asked"), "token");
  EXPECT_EQ(line.field("rule"), "builders");
  EXPECT_EQ(line.field("trial_rule"), "stricter");
  EXPECT_EQ(line.field("why"), "operation");
}

TEST_F(TrialTest, WritesALineAMinuteForWhatIsAlike) {
  try_out({may_do({"read"})});
  const std::string who = session();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(who), 200);
  EXPECT_EQ(log.count("policy.trial_differs"), 1U);
  time.advance(59s);
  EXPECT_EQ(ask(who), 200);
  EXPECT_EQ(log.count("policy.trial_differs"), 1U);
  time.advance(1s);
  EXPECT_EQ(ask(who), 200);
  EXPECT_EQ(log.count("policy.trial_differs"), 2U);
  expect_counted("token", "would_refuse", 12);
}

TEST_F(TrialTest, HearsWhatItWouldAllow) {
  try_out({may_have("contents:write,packages:write")});
  const std::string who = session();
  EXPECT_EQ(ask(who, "repo=acme/widgets&permissions=contents:write"), 403);
  expect_counted("token", "would_allow", 1);
  EXPECT_EQ(ask(who, "repo=acme/widgets&permissions=contents:read"), 200);
  expect_counted("token", "none", 1);
  EXPECT_EQ(ask(who, "repo=acme/gadgets"), 403) << "by both";
  expect_counted("token", "none", 2);
}

TEST_F(TrialTest, HearsOfATokenThatWouldBeAnother) {
  try_out({may_have("contents:read")});
  EXPECT_EQ(ask(session()), 200);
  expect_counted("token", "would_differ", 1);
  EXPECT_EQ(log.last("policy.trial_differs").field("why"), "contents:read");
}

TEST_F(TrialTest, HearsForWhatAPersonWouldBeAsked) {
  rules::Allowance asking = may_have("contents:read,packages:write");
  asking.consent = rules::Consent{{"maintainers"}, 5min};
  try_out({asking});
  EXPECT_EQ(ask(session()), 200);
  expect_counted("token", "would_ask", 1);
}

TEST_F(TrialTest, HearsWhoseSessionItWouldBe) {
  try_out({may_have("contents:read,packages:write")}, "somebody else");
  EXPECT_EQ(begin().status, 201);
  expect_counted("session", "would_differ", 1);
  EXPECT_EQ(log.last("policy.trial_differs").field("why"), "somebody else of acme for 15m");
}

TEST_F(TrialTest, HearsOfASessionThatItWouldNotBegin) {
  try_out(rule_of("others", who_of("ci", {{"repository", "other/*"}}), {"{repository}"}, {may_do({"read"})}));
  EXPECT_EQ(begin().status, 201);
  expect_counted("session", "would_refuse", 1);
}

TEST_F(TrialTest, HearsOfASessionThatItWouldBegin) {
  try_out(rule_of("all", who_of("ci", {}), {"{repository}"}, {may_do({"read"})}));
  maker.claims["repository"] = "other/widgets";
  EXPECT_EQ(begin().status, 403);
  expect_counted("session", "would_allow", 1);
}

TEST_F(TrialTest, PassesByWhatIsNotThePolicys) {
  try_out({may_do({"read"})});
  const std::string jwt = maker.text();
  testing::FakeRequest first(http::Method::kPost), second(http::Method::kPost);
  first.bearer(jwt);
  second.bearer(jwt);
  EXPECT_EQ(settle(tried_sessions->open(first)).status, 201);
  EXPECT_EQ(settle(tried_sessions->open(second)).status, 401) << "it has begun one";
  expect_counted("session", "none", 1);
  const std::string workspace = register_workspace("agent-7", {"acme/widgets"});
  testing::FakeRequest request(http::Method::kGet, "/");
  request.bearer(workspace);
  EXPECT_EQ(settle(tried_tokens->get_for_workspace(request, "agent-7")).status, 200);
  expect_counted("token", "would_refuse", 0);
  EXPECT_THAT(log.text(), Not(HasSubstr("policy.trial_differs")));
}

}  // namespace
}  // namespace hubwarden::delivery
