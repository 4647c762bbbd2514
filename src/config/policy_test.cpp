#include "config/policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rules/rules_fixture.h"

namespace hubwarden::config {
namespace {

using namespace std::chrono_literals;
using rules::ask_for;
using rules::ask_to;
using rules::caller_of;
using rules::Grant;
using rules::Verdict;

constexpr std::string_view kPolicy = R"(version: 1
ceiling:
  permissions: {contents: write, issues: write, pull_requests: write, checks: write, packages: write, metadata: read}
  never: [repos/delete]
issuers:
  github-actions: {url: https://token.actions.githubusercontent.com, audience: hubwarden}
  cluster-a: {url: https://kubernetes.default.svc, jwks_file: /etc/hubwarden/cluster-a.jwks, audience: hubwarden}
  sso: {url: https://sso.example.com/, audience: hubwarden}
rules:
  - name: review-bots
    who: {issuer: cluster-a, namespace: agents, service_account: review-*}
    repositories: [acme/*, "!acme/secrets-*"]
    may:
      - operations: [read, pulls/create-review, issues/create-comment]
        limits: {concurrent: 8, requests: 500/h, bytes: 100MiB}
      - operations: [checks/create]
        consent: {from: [maintainers], ttl: 5m}
    session: {ttl: 15m, agent: "{service_account}", tenant: acme}
  - name: builders
    who: {issuer: github-actions, repository: acme/*, ref: [refs/heads/main, refs/tags/*]}
    repositories: ["{repository}"]
    may:
      - token: {contents: read, packages: write}
        ttl: 15m
operators:
  maintainers: {issuer: sso, groups: [github-maintainers]}
)";

Policy policy_of(std::string_view text) {
  auto policy = parse_policy(text, "policy.yaml");
  if (!policy) {
    for (const Problem& problem : policy.error()) ADD_FAILURE() << problem.text();
    return {};
  }
  return *std::move(policy);
}

TEST(Policy, IsReadAsItStands) {
  const Policy policy = policy_of(kPolicy);
  ASSERT_EQ(policy.issuers.size(), 3U);
  EXPECT_EQ(policy.issuers[1].name, "cluster-a");
  EXPECT_EQ(policy.issuers[1].url, "https://kubernetes.default.svc");
  EXPECT_EQ(policy.issuers[1].jwks_file, "/etc/hubwarden/cluster-a.jwks");
  EXPECT_EQ(policy.issuers[2].url, "https://sso.example.com/") << "to the letter";
  ASSERT_EQ(policy.operators.size(), 1U);
  EXPECT_EQ(policy.operators[0].groups, std::vector<std::string>{"github-maintainers"});
  ASSERT_EQ(policy.rules->rules().size(), 2U);
  const rules::Rule& bots = policy.rules->rules()[0];
  EXPECT_EQ(bots.session.ttl, Duration(15min));
  EXPECT_EQ(bots.session.agent, "{service_account}");
  EXPECT_EQ(bots.may[0].limits.concurrent, 8U);
  EXPECT_EQ(bots.may[0].limits.requests, (rules::Quota{500, 1h}));
  EXPECT_EQ(bots.may[0].limits.bytes, (rules::Quota{100 << 20, std::nullopt}));
  EXPECT_EQ(bots.may[1].consent, (rules::Consent{{"maintainers"}, 5min}));
}

TEST(Policy, LetsNoIssuerBeInTheOwnNetworkUnlessItSaysSo) {
  const Policy policy = policy_of(
      "version: 1\nrules: []\nissuers:\n  a: {url: https://a, audience: x}\n"
      "  b: {url: https://b, audience: x, allow_private: true}\n"
      "  c: {url: https://c, audience: x, allow_private: false}\n");
  ASSERT_EQ(policy.issuers.size(), 3U);
  EXPECT_FALSE(policy.issuers[0].allow_private);
  EXPECT_TRUE(policy.issuers[1].allow_private);
  EXPECT_FALSE(policy.issuers[2].allow_private);
}

TEST(Policy, DecidesAsItReads) {
  const Policy policy = policy_of(kPolicy);
  const Grant bot = Grant::of(
      policy.rules, caller_of("cluster-a", {{"namespace", "agents"}, {"service_account", "review-1"}}));
  EXPECT_EQ(bot.decide(ask_to("pulls/get", "acme/widgets")).verdict, Verdict::kAllow);
  EXPECT_EQ(bot.decide(ask_to("checks/create", "acme/widgets")).verdict, Verdict::kConsent);
  EXPECT_EQ(bot.decide(ask_to("pulls/get", "acme/secrets-x")).verdict, Verdict::kRefuse);
  const Grant build = Grant::of(
      policy.rules, caller_of("github-actions", {{"repository", "acme/widgets"}, {"ref", "refs/tags/v1"}}));
  EXPECT_EQ(build.decide(ask_for("packages:write", "acme/widgets")).verdict, Verdict::kAllow);
  EXPECT_EQ(build.decide(ask_for("packages:write", "acme/gadgets")).verdict, Verdict::kRefuse);
  const Grant branch = Grant::of(
      policy.rules, caller_of("github-actions", {{"repository", "acme/widgets"}, {"ref", "refs/heads/x"}}));
  EXPECT_EQ(branch.decide(ask_for("contents:read", "acme/widgets")).missing, rules::Missing::kRule);
}

// A policy with one rule, a line of which is another.
std::string with_rule(std::string_view lines) {
  return "version: 1\nissuers:\n  a: {url: https://a.example.com, audience: x}\nrules:\n  - name: one\n" +
         std::string(lines);
}

TEST(Policy, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string text;
    std::string_view says;
  } cases[] = {
      {"", "the policy must be a map"},
      {"rules: []\n", "needs 'version'"},
      {"version: 2\nrules: []\n", "policy.yaml:1: version '2' is not known"},
      {"version: 1\n", "needs 'rules'"},
      {"version: 1\nrule: []\nrules: []\n",
       "policy.yaml:2: the policy has no 'rule' (did you mean 'rules'?)"},
      {"version: 1\nmode: audit\nrules: []\n",
       "policy.yaml:2: a policy has no 'mode': to try one beside the one in force, name it in the "
       "configuration, as policy.trial"},
      {"version: 1\nrules: {}\n", "policy.yaml:2: rules must be a list"},
      {"version: 1\nrules: [1]\n", "a rule must be a map"},
      {"version: 1\nversion: 1\nrules: []\n", "stands twice"},
      {"version: 1\nissuers:\n  A: {url: https://a, audience: x}\nrules: []\n",
       "policy.yaml:3: an issuer's name 'A'"},
      {"version: 1\nissuers:\n  a: {url: http://a, audience: x}\nrules: []\n", "must be an https:// URL"},
      {"version: 1\nissuers:\n  a: {url: https://a}\nrules: []\n", "issuer 'a' needs 'audience'"},
      {"version: 1\nissuers:\n  a: {url: https://a, audience: x}\n  b: {url: https://a, audience: y}\nrules: "
       "[]\n",
       "policy.yaml:4: issuer 'b' has the url of 'a'"},
      {"version: 1\nissuers:\n  a: {url: https://a, audience: x, jwks_file: x}\nrules: []\n", "jwks_file"},
      {"version: 1\nissuers:\n  a: {url: https://a, audience: x, allow_private: 1}\nrules: []\n",
       "policy.yaml:3: allow_private must be"},
      {"version: 1\nissuers:\n  a: {url: https://a, audience: x, jwks_file: /x, allow_private: true}\nrules: "
       "[]\n",
       "nobody is asked"},
      {"version: 1\nceiling: {never: [repos/delte]}\nrules: []\n", "did you mean repos/delete"},
      {"version: 1\nceiling: {permissions: {content: read}}\nrules: []\n", "(did you mean 'contents'?)"},
      {"version: 1\nceiling: {permissions: {contents: all}}\nrules: []\n",
       "contents 'all' must be read, write or admin"},
      {"version: 1\nceiling: {permissions: {}}\nrules: []\n", "permissions are empty"},
      {"version: 1\noperators:\n  x: {issuer: a, groups: [b]}\nrules: []\n", "no issuer is called 'a'"},
      {with_rule("    may: []\n"), "policy.yaml:5: a rule needs 'who'"},
      {with_rule("    who: {issuer: b}\n    may: []\n"), "policy.yaml:6: no issuer is called 'b'"},
      {with_rule("    who: {namespace: b}\n    may: []\n"), "who needs 'issuer'"},
      {with_rule("    who: {issuer: a, ref: 'x?'}\n    may: []\n"), "'?' in \"x?\""},
      {with_rule("    who: {issuer: a, ref: []}\n    may: []\n"), "\"ref\" has no pattern"},
      {with_rule("    who: {issuer: a}\n    repositories: [acme]\n    may: []\n"),
       "policy.yaml:7: \"acme\" matches no"},
      {with_rule("    who: {issuer: a}\n    may: [{}]\n"), "either 'operations' or 'token'"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [read], token: {contents: read}}]\n"),
       "either"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [issues/craete]}]\n"), "issues/create"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [read], ttl: 5m}]\n"), "for tokens alone"},
      {with_rule("    who: {issuer: a}\n    may: [{token: {contents: read}, ttl: 2h}]\n"),
       "ttl '2h' must be"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [read], limits: {requests: 5/y}}]\n"),
       "requests '5/y'"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [read], limits: {concurrent: 0}}]\n"),
       "concurrent '0'"},
      {with_rule("    who: {issuer: a}\n    may: [{operations: [read], consent: {from: [b]}}]\n"),
       "no operators are called 'b'"},
      {with_rule("    who: {issuer: a}\n    may: [{token: {contents: read}, consent: {from: [b]}}]\n"),
       "policy.yaml:7: 'consent' is for operations alone"},
      {with_rule("    who: {issuer: a}\n    may: []\n    session: {agent: 'x*'}\n"),
       "'*' has no meaning here"},
      {with_rule("    who: {issuer: a}\n    may: []\n    when: x\n"), "policy.yaml:8: a rule has no 'when'"},
      {with_rule("    who: {issuer: a}\n    may: []\n  - name: one\n    who: {issuer: a}\n    may: []\n"),
       "another one of that name"},
      {"version: 1\nceiling: {never: [repos/delete]}\nissuers:\n  a: {url: https://a, audience: x}\nrules:\n"
       "  - {name: one, who: {issuer: a}, may: [{token: {administration: write}}]}\n",
       "its holder could do repos/delete"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto policy = parse_policy(c.text, "policy.yaml");
    ASSERT_FALSE(policy);
    const bool is_said = std::ranges::any_of(policy.error(), [&](const Problem& problem) {
      return problem.text().find(c.says) != std::string::npos;
    });
    EXPECT_TRUE(is_said) << c.says << "\nbut: " << policy.error().front().text();
  }
}

TEST(Policy, TellsAllProblemsAtOnce) {
  const auto policy = parse_policy(
      with_rule("    who: {issuer: b}\n    repositories: [acme]\n    may: [{operations: [x]}]\n"),
      "policy.yaml");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().size(), 3U);
}

TEST(Policy, GivesNobodyAnythingWithoutRules) {
  const Policy policy = policy_of("version: 1\nrules: []\n");
  const Grant grant = Grant::of(policy.rules, caller_of("a", {}));
  EXPECT_EQ(grant.decide(ask_to("repos/get", "acme/widgets")).verdict, Verdict::kRefuse);
}

}  // namespace
}  // namespace hubwarden::config
