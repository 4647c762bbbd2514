#include "config/policy_cases.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hubwarden::config {
namespace {

constexpr std::string_view kPolicy = R"(version: 1
issuers:
  cluster-a: {url: https://a.example.com, audience: hubwarden}
  sso: {url: https://sso.example.com, audience: hubwarden}
rules:
  - name: bots
    who: {issuer: cluster-a, namespace: agents, groups: [a, b]}
    repositories: [acme/*]
    may:
      - operations: [read]
      - operations: [checks/create]
        consent: {from: [people]}
      - token: {contents: read}
operators:
  people: {issuer: sso, groups: [maintainers]}
)";

Policy policy() {
  return parse_policy(kPolicy, "policy.yaml").value();
}

std::vector<PolicyCase> cases_of(std::string_view text) {
  auto cases = parse_policy_cases(text, "cases.yaml", policy().issuers);
  if (cases) return *std::move(cases);
  for (const Problem& problem : cases.error()) ADD_FAILURE() << problem.text();
  return {};
}

TEST(PolicyCases, AreReadAsTheyStand) {
  const std::vector<PolicyCase> cases = cases_of(R"(version: 1
callers:
  - who: {issuer: cluster-a, namespace: agents, groups: [b, c]}
    may:
      - {operation: pulls/get, repository: acme/widgets, rule: bots}
      - {token: {contents: read}, repository: [acme/a, acme/b]}
    may_with_consent:
      - {operation: checks/create, repository: acme/widgets}
    may_not:
      - {operation: pulls/merge, repository: acme/widgets, missing: operation, rule: bots}
      - operation: pulls/get
        repository: other/widgets
        missing: repository
  - who: {issuer: sso}
    may_not:
      - {operation: pulls/get, repository: acme/widgets, missing: rule}
)");
  ASSERT_EQ(cases.size(), 6U);
  EXPECT_EQ(cases[0].origin.text(), "cases.yaml:5");
  EXPECT_EQ(cases[0].caller.attributes.values("groups").size(), 2U);
  EXPECT_EQ(cases[0].rule, "bots");
  EXPECT_EQ(cases[1].ask.repositories.size(), 2U);
  EXPECT_EQ(cases[2].expected, rules::Verdict::kConsent);
  EXPECT_EQ(cases[3].missing, rules::Missing::kOperation);
  EXPECT_EQ(cases[4].origin.line(), 11);
  EXPECT_EQ(cases[5].caller.issuer, "sso");
  const Policy book = policy();
  for (const PolicyCase& each : cases) EXPECT_EQ(failure_of(each, book.rules), std::nullopt);
}

TEST(PolicyCases, SayWhatIsDecidedInstead) {
  const std::string who =
      "version: 1\ncallers:\n  - who: {issuer: cluster-a, namespace: agents, groups: a}\n";
  const struct {
    std::string text;
    std::string_view says;
  } cases[] = {
      {"    may: [{operation: pulls/merge, repository: acme/x}]\n",
       "pulls/merge on acme/x: expected allow, but it is refuse (operation) near bots: rule \"bots\" is "
       "about "
       "acme/x, but not for pulls/merge"},
      {"    may: [{operation: checks/create, repository: acme/x, rule: bots}]\n",
       "checks/create on acme/x: expected allow by bots, but it is consent by bots: rule \"bots\" allows it "
       "with consent of people within 10m"},
      {"    may: [{operation: pulls/get, repository: acme/x, rule: others}]\n",
       "pulls/get on acme/x: expected allow by others, but it is allow by bots: rule \"bots\" allows it"},
      {"    may_not: [{token: {contents: read}, repository: [acme/x, acme/y]}]\n",
       "a token of contents:read on acme/x and acme/y: expected refuse, but it is allow by bots: rule "
       "\"bots\" allows it"},
      {"    may_not: [{operation: pulls/get, repository: other/x, missing: rule}]\n",
       "pulls/get on other/x: expected refuse (rule), but it is refuse (repository): no rule for this caller "
       "is about other/x"},
  };
  const Policy book = policy();
  for (const auto& c : cases) {
    const std::vector<PolicyCase> read = cases_of(who + c.text);
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(failure_of(read[0], book.rules), c.says);
  }
}

TEST(PolicyCases, SayWhatIsWrongAndWhere) {
  const std::string who = "version: 1\ncallers:\n  - who: {issuer: sso}\n";
  const struct {
    std::string text;
    std::string_view says;
  } cases[] = {
      {"", "the file of cases must be a map"},
      {"callers: []\n", "needs 'version'"},
      {"version: 2\ncallers: []\n", "cases.yaml:1: version '2' is not known"},
      {"version: 1\n", "needs 'callers'"},
      {"version: 1\ncallers: []\n", "there is no case in it"},
      {"version: 1\ncallers:\n  - may: [{operation: pulls/get, repository: a/b}]\n", "a caller needs 'who'"},
      {"version: 1\ncallers:\n  - who: {namespace: x}\n", "who needs 'issuer'"},
      {"version: 1\ncallers:\n  - who: {issuer: cluster-b}\n",
       "cases.yaml:3: no issuer is called 'cluster-b'"},
      {"version: 1\ncallers:\n  - who: {issuer: sso, x: ''}\n", "x must be a text"},
      {who + "    mya: []\n", "(did you mean 'may'?)"},
      {who + "    may: [{repository: a/b}]\n", "either 'operation' or 'token'"},
      {who + "    may: [{operation: pulls/gte, repository: a/b}]\n", "did you mean pulls/get"},
      {who + "    may: [{operation: read, repository: a/b}]\n", "cases.yaml:4: "},
      {who + "    may: [{token: {content: read}, repository: a/b}]\n", "did you mean 'contents'"},
      {who + "    may: [{operation: pulls/get}]\n", "a case needs 'repository'"},
      {who + "    may: [{operation: pulls/get, repository: acme}]\n", "'acme' is no repository"},
      {who + "    may: [{operation: pulls/get, repository: a/b, missing: rule}]\n",
       "a case has no 'missing'"},
      {who + "    may_not: [{operation: pulls/get, repository: a/b, missing: all}]\n",
       "missing 'all' must be"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto read = parse_policy_cases(c.text, "cases.yaml", policy().issuers);
    ASSERT_FALSE(read);
    const bool is_said = std::ranges::any_of(read.error(), [&](const Problem& problem) {
      return problem.text().find(c.says) != std::string::npos;
    });
    EXPECT_TRUE(is_said) << c.says << "\nbut: " << read.error().front().text();
  }
}

}  // namespace
}  // namespace hubwarden::config
