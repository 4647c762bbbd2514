#include "apps/hubwarden/policy_command.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "apps/hubwarden/exit_status.h"
#include "config/fake_files.h"
#include "tests/support/printed.h"

namespace hubwarden::apps {
namespace {

using config::FakeFiles;
using test::Printed;
using test::printed;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kPolicy = R"(version: 1
ceiling: {never: [issues/lock]}
issuers:
  cluster-a: {url: https://a.example.com, audience: hubwarden}
  sso: {url: https://sso.example.com, audience: hubwarden}
rules:
  - name: bots
    who: {issuer: cluster-a, namespace: agents}
    repositories: [acme/*]
    may:
      - operations: [read]
        limits: {concurrent: 8, requests: 500/h}
      - operations: [checks/create]
        consent: {from: [people], ttl: 5m}
      - token: {contents: read}
        ttl: 15m
operators:
  people: {issuer: sso, groups: [maintainers]}
)";
constexpr std::string_view kCases = R"(version: 1
callers:
  - who: {issuer: cluster-a, namespace: agents}
    may:
      - {operation: pulls/get, repository: acme/widgets}
      - {operation: pulls/merge, repository: acme/widgets}
)";

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string all(text);
  const std::size_t at = all.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return all.replace(at, what.size(), by);
}

class PolicyCommandTest : public testing::Test {
 protected:
  PolicyCommandTest() {
    files.add("policy.yaml", std::string(kPolicy)).add("cases.yaml", std::string(kCases));
  }

  Printed check(std::string path, bool json = false) {
    return printed([&] { return check_policy({.path = std::move(path), .json = json}, files); });
  }
  Printed explain(PolicyQuestion question) {
    if (question.path.empty()) question.path = "policy.yaml";
    return printed([&] { return explain_policy(question, files); });
  }
  Printed test(const PolicyTest& wanted) {
    return printed([&] { return test_policy(wanted, files); });
  }
  Printed diff(const PolicyComparison& wanted) {
    return printed([&] { return diff_policies(wanted, files); });
  }
  // By a bot, about acme/widgets.
  static PolicyQuestion may_a_bot(std::string operation) {
    PolicyQuestion question;
    question.issuer = "cluster-a";
    question.claims = {"namespace=agents"};
    question.operation = std::move(operation);
    question.repositories = {"acme/widgets"};
    return question;
  }

  FakeFiles files;
};

TEST_F(PolicyCommandTest, ChecksAPolicy) {
  const Printed good = check("policy.yaml");
  EXPECT_EQ(good.status, kDone);
  EXPECT_EQ(good.out, "policy.yaml: ok, 2 issuers, 1 rule, 1 group of operators\n");
  EXPECT_EQ(check("policy.yaml", true).out,
            R"({"path":"policy.yaml","issuers":["cluster-a","sso"],"rules":["bots"],"operators":["people"]})"
            "\n");
}

TEST_F(PolicyCommandTest, ChecksADirectory) {
  files.add("policy.d/1.yaml", std::string(kPolicy)).add("policy.d/2.yaml", "version: 1\nrules: []\n");
  EXPECT_EQ(check("policy.d").out, "policy.d: ok, 2 issuers, 1 rule, 1 group of operators\n");
}

TEST_F(PolicyCommandTest, TellsAllProblemsWithTheirLines) {
  files.add("policy.yaml", "version: 1\nrules:\n  - {name: x, who: {issuer: y}, may: [{}]}\n");
  const Printed bad = check("policy.yaml");
  EXPECT_EQ(bad.status, kConfigurationError);
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(bad.err,
            "policy.yaml:3: no issuer is called 'y'\n"
            "policy.yaml:3: each of may needs either 'operations' or 'token'\n");
  EXPECT_EQ(check("none").err, "none: does not exist\n");
}

TEST_F(PolicyCommandTest, ExplainsWhatIsAllowed) {
  EXPECT_EQ(explain(may_a_bot("pulls/get")).out,
            "allow: rule \"bots\" allows it\n"
            "  limits       concurrent 8, requests 500/h\n"
            "  its rules    bots\n");
  EXPECT_THAT(explain(may_a_bot("checks/create")).out,
              StartsWith("consent: rule \"bots\" allows it with consent of people within 5m\n"));
  PolicyQuestion token = may_a_bot("");
  token.permissions = "contents:read";
  EXPECT_THAT(explain(token).out, HasSubstr("  ttl          15m\n"));
}

TEST_F(PolicyCommandTest, ExplainsWhatIsRefusedAndWhatComesNearest) {
  EXPECT_EQ(explain(may_a_bot("issues/create")).out,
            "refuse: rule \"bots\" is about acme/widgets, but not for issues/create\n"
            "  code         operation_not_allowed\n"
            "  missing      operation\n"
            "  can change   operator\n"
            "  its rules    bots\n"
            "  nearest      bots: it is not for issues/create\n");
  PolicyQuestion other = may_a_bot("pulls/get");
  other.claims = {"namespace=tests"};
  EXPECT_EQ(explain(other).out,
            "refuse: no rule is for this caller\n"
            "  code         forbidden\n"
            "  missing      rule\n"
            "  can change   operator\n"
            "  its rules    none\n"
            "  nearest      bots: namespace is not agents, but tests\n");
  EXPECT_THAT(explain(may_a_bot("issues/lock")).out,
              HasSubstr("  ceiling      the ceiling says never to issues/lock\n"));
}

TEST_F(PolicyCommandTest, ExplainsToPrograms) {
  PolicyQuestion refused = may_a_bot("issues/create");
  refused.json = true;
  EXPECT_EQ(
      explain(refused).out,
      R"({"verdict":"refuse","message":"rule \"bots\" is about acme/widgets, but not for issues/create",)"
      R"("rule":"bots","rules":["bots"],"code":"operation_not_allowed","missing":"operation",)"
      R"("fix":"operator","ceiling":"","near":[{"rule":"bots","lacks":["it is not for issues/create"]}]})"
      "\n");
  PolicyQuestion consent = may_a_bot("checks/create");
  consent.json = true;
  EXPECT_THAT(explain(consent).out, HasSubstr(R"("consent":{"from":["people"],"ttl":"5m"}})"));
}

TEST_F(PolicyCommandTest, RefusesWhatIsNoQuestion) {
  PolicyQuestion issuer = may_a_bot("pulls/get");
  issuer.issuer = "cluster-b";
  PolicyQuestion claim = may_a_bot("pulls/get");
  claim.claims = {"agents"};
  PolicyQuestion empty = may_a_bot("pulls/get");
  empty.claims = {"namespace="};
  PolicyQuestion both = may_a_bot("pulls/get");
  both.permissions = "contents:read";
  PolicyQuestion repository = may_a_bot("pulls/get");
  repository.repositories = {"acme"};
  const struct {
    PolicyQuestion question;
    std::string_view says;
  } cases[] = {
      {issuer, "hubwarden: the policy has no issuer \"cluster-b\"\n"},
      {claim, "hubwarden: \"agents\" is no claim: name=value\n"},
      {empty, "hubwarden: \"namespace=\" is no claim: name=value\n"},
      {both, "hubwarden: either --operation or --permissions must be given\n"},
      {may_a_bot(""), "hubwarden: either --operation or --permissions must be given\n"},
      {may_a_bot("issues/craete"), "did you mean issues/create"},
      {repository, "acme"},
  };
  for (const auto& c : cases) {
    const Printed refused = explain(c.question);
    EXPECT_EQ(refused.status, kWrongUsage) << c.says;
    EXPECT_THAT(refused.err, HasSubstr(std::string(c.says)));
    EXPECT_EQ(refused.out, "");
  }
}

TEST_F(PolicyCommandTest, TestsAPolicy) {
  const Printed failed = test({.path = "policy.yaml", .cases = "cases.yaml"});
  EXPECT_EQ(failed.status, kFailed);
  EXPECT_EQ(failed.out, "2 cases, 1 failed\n");
  EXPECT_THAT(failed.err, StartsWith("cases.yaml:6: pulls/merge on acme/widgets: expected allow, but it is "
                                     "refuse (operation) near bots"));
  EXPECT_THAT(test({.path = "policy.yaml", .cases = "cases.yaml", .json = true}).out,
              StartsWith(R"({"cases":2,"failed":[{"file":"cases.yaml","line":6,"message":")"));
  files.add("cases.yaml", replaced(kCases, "pulls/merge", "pulls/list"));
  EXPECT_EQ(test({.path = "policy.yaml", .cases = "cases.yaml"}).status, kDone);
}

TEST_F(PolicyCommandTest, TestsNothingByAFileThatIsWrong) {
  files.add("cases.yaml", replaced(kCases, "issuer: cluster-a", "issuer: cluster-b"));
  const Printed wrong = test({.path = "policy.yaml", .cases = "cases.yaml"});
  EXPECT_EQ(wrong.status, kConfigurationError);
  EXPECT_EQ(wrong.err, "cases.yaml:3: no issuer is called 'cluster-b'\n");
  EXPECT_EQ(test({.path = "policy.yaml", .cases = "none"}).err, "none: does not exist\n");
}

TEST_F(PolicyCommandTest, ComparesPolicies) {
  EXPECT_EQ(diff({.before = "policy.yaml", .after = "policy.yaml", .cases = ""}).out, "");
  std::string changed = replaced(kPolicy, "namespace: agents", "namespace: [agents, tests]");
  changed = replaced(changed, "operations: [checks/create]", "operations: [checks/create, pulls/merge]");
  changed = replaced(changed, "https://sso.", "https://id.");
  changed = replaced(changed, "groups: [maintainers]", "groups: [maintainers, leads]");
  files.add("new.yaml", replaced(changed, "token: {contents: read}", "token: {contents: write}"));
  const Printed told = diff({.before = "policy.yaml", .after = "new.yaml", .cases = "cases.yaml"});
  EXPECT_EQ(told.status, kDone);
  EXPECT_EQ(told.out,
            "~ issuer sso\n"
            "    - url          https://sso.example.com\n"
            "    + url          https://id.example.com\n"
            "~ operators people\n"
            "    + groups       leads\n"
            "~ rule bots\n"
            "    - who          issuer cluster-a, namespace agents\n"
            "    + who          issuer cluster-a, namespace agents or tests\n"
            "    + operations   pulls/merge (consent of people within 5m)\n"
            "    - token        contents:read (for 15m)\n"
            "    + token        contents:write (for 15m)\n"
            "cases.yaml:6: pulls/merge on acme/widgets: refuse (operation) near bots, now consent by bots\n");
  EXPECT_THAT(
      diff({.before = "policy.yaml", .after = "new.yaml", .cases = "cases.yaml", .json = true}).out,
      AllOf(
          HasSubstr(R"({"change":"changed","what":"operators","name":"people","aspects":[{"aspect":"groups",)"
                    R"("before":[],"after":[{"names":["leads"],"terms":""}]}]})"),
          HasSubstr(R"("cases":[{"file":"cases.yaml","line":6,"ask":"pulls/merge on acme/widgets",)"
                    R"("before":"refuse (operation) near bots","after":"consent by bots"}])")));
}

TEST_F(PolicyCommandTest, ComparesNothingWithWhatIsNoPolicy) {
  const Printed wrong = diff({.before = "policy.yaml", .after = "none", .cases = ""});
  EXPECT_EQ(wrong.status, kConfigurationError);
  EXPECT_EQ(wrong.err, "none: does not exist\n");
}

}  // namespace
}  // namespace hubwarden::apps
