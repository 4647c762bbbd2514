#include "rules/session_terms.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;

const Caller kBot = caller_of("cluster-a", {{"subject", "system:serviceaccount:agents:review-bot"},
                                            {"namespace", "agents"},
                                            {"service_account", "review-bot"}});

Rule rule_with(std::string name, std::optional<Duration> ttl, std::string agent, std::string tenant) {
  Rule rule = rule_of(std::move(name), who_of("cluster-a", {{"namespace", "agents"}}), {"acme/*"}, {});
  rule.session.ttl = ttl;
  rule.session.agent = std::move(agent);
  rule.session.tenant = std::move(tenant);
  return rule;
}

Result<SessionGift> session_by(std::vector<Rule> rules, const Caller& caller = kBot) {
  return session_of(Grant::of(*RuleBook::make(std::move(rules), {}), caller));
}

TEST(SessionTerms, AreThoseOfTheRule) {
  const Result<SessionGift> gift = session_by({rule_with("a", 5min, "bot {service_account}", "acme")});
  ASSERT_TRUE(gift);
  EXPECT_EQ(gift->ttl, 5min);
  EXPECT_EQ(gift->agent, "bot review-bot");
  EXPECT_EQ(gift->tenant, "acme");
}

TEST(SessionTerms, AreTheUsualOnesWhereNoRuleSaysAnything) {
  const Result<SessionGift> gift = session_by({rule_with("a", std::nullopt, "", "")});
  ASSERT_TRUE(gift);
  EXPECT_EQ(gift->ttl, 15min);
  EXPECT_EQ(gift->agent, "system:serviceaccount:agents:review-bot");
  EXPECT_EQ(gift->tenant, "");
}

TEST(SessionTerms, AreTheShortestTimeAndWhatAllAgreeOn) {
  const Result<SessionGift> gift =
      session_by({rule_with("a", 1h, "{service_account}", ""), rule_with("b", 10min, "", "acme"),
                  rule_with("c", std::nullopt, "review-bot", "acme")});
  ASSERT_TRUE(gift);
  EXPECT_EQ(gift->ttl, 10min);
  EXPECT_EQ(gift->agent, "review-bot");
  EXPECT_EQ(gift->tenant, "acme");
}

TEST(SessionTerms, AreNoneWhenTheRulesDisagreeOrSayWhatCannotBeKnown) {
  const struct {
    std::vector<Rule> rules;
    std::string_view says;
  } cases[] = {
      {{}, "no rule is for this caller"},
      {{rule_with("a", 1h, "", "acme"), rule_with("b", 1h, "", "other")}, "where another says \"acme\""},
      {{rule_with("a", 1h, "{pod}", "")}, "an attribute that the caller has not"},
  };
  for (const auto& c : cases) {
    const Result<SessionGift> refused = session_by(c.rules);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kForbidden);
    EXPECT_NE(refused.error().message().find(c.says), std::string::npos) << refused.error().message();
  }
}

}  // namespace
}  // namespace hubwarden::rules
