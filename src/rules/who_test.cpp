#include "rules/who.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

const Caller kBot = caller_of(
    "cluster-a",
    {{"namespace", "agents"}, {"service_account", "review-bot"}, {"groups", "dev"}, {"groups", "ops"}});

TEST(Who, MatchesACallerThatHoldsAllConditions) {
  EXPECT_TRUE(who_of("cluster-a", {}).matches(kBot));
  EXPECT_TRUE(who_of("cluster-a", {{"namespace", "agents"}}).matches(kBot));
  EXPECT_TRUE(who_of("cluster-a", {{"namespace", "agents"}, {"service_account", "review-*"}}).matches(kBot));
  EXPECT_FALSE(who_of("cluster-a", {{"namespace", "agents"}, {"service_account", "other"}}).matches(kBot));
  EXPECT_FALSE(who_of("cluster-a", {{"namespace", "Agents"}}).matches(kBot));
}

TEST(Who, BelievesNoOtherIssuer) {
  EXPECT_FALSE(who_of("cluster-b", {{"namespace", "agents"}}).matches(kBot));
  EXPECT_FALSE(who_of("cluster-b", {}).matches(kBot));
}

TEST(Who, MatchesNothingWithAnAttributeThatIsNotThere) {
  EXPECT_FALSE(who_of("cluster-a", {{"pod", "*"}}).matches(kBot));
  EXPECT_FALSE(who_of("cluster-a", {{"namespace", "{pod}"}}).matches(kBot));
}

TEST(Who, TakesOneOfSeveralValuesAndOneOfSeveralPatterns) {
  EXPECT_TRUE(who_of("cluster-a", {{"groups", "ops"}}).matches(kBot));
  EXPECT_FALSE(who_of("cluster-a", {{"groups", "sales"}}).matches(kBot));
  const std::vector<policy::Glob> either = {*policy::Glob::parse("sales"), *policy::Glob::parse("o*")};
  EXPECT_TRUE(Who::make("cluster-a", {Who::Condition("groups", either)})->matches(kBot));
}

TEST(Who, IsNothingWithoutAnIssuerOrAPattern) {
  const std::vector<policy::Glob> any = {*policy::Glob::parse("*")};
  EXPECT_FALSE(Who::make("", {}));
  EXPECT_FALSE(Who::make("a", {Who::Condition("namespace", {})}));
  EXPECT_FALSE(Who::make("a", {Who::Condition("namespace", any), Who::Condition("namespace", any)}));
}

}  // namespace
}  // namespace hubwarden::rules
