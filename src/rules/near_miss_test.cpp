#include "rules/near_miss.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using Lacks = std::vector<std::string>;

const Caller kBot = caller_of("a", {{"namespace", "agents"}, {"team", "core"}});

std::vector<NearMiss> misses_of(std::vector<Rule> rules, const Ask& ask, const Ceiling& ceiling = {}) {
  return near_misses(**RuleBook::make(std::move(rules), ceiling), kBot, ask, 3);
}

TEST(NearMisses, SayWhatARuleLacks) {
  const Who bots = who_of("a", {{"namespace", "agents"}});
  const Allowance read = may_do({"read"});
  const struct {
    Rule rule;
    Lacks lacks;
  } cases[] = {
      {rule_of("x", who_of("b", {}), {"acme/*"}, {read}), {"issuer is not b, but a"}},
      {rule_of("x", who_of("a", {{"namespace", "tests"}, {"team", "core"}}), {"acme/*"}, {read}),
       {"namespace is not tests, but agents"}},
      {rule_of("x", who_of("a", {{"pod", "p-*"}}), {"acme/*"}, {read}),
       {"pod is not known, and has to be p-*"}},
      {rule_of("x", bots, {"other/*"}, {read}), {"acme/widgets is not among other/*"}},
      {rule_of("x", bots, {}, {read}), {"it is about no repository"}},
      {rule_of("x", bots, {"acme/*", "!acme/w*"}, {read}), {"!acme/w* takes acme/widgets away"}},
      {rule_of("x", bots, {"acme/*", "!acme/{pod}"}, {read}),
       {"!acme/{pod} takes all away, since the caller has no pod"}},
      {rule_of("x", bots, {"acme/{pod}"}, {read}),
       {"acme/widgets is not among acme/{pod}, and the caller has no pod"}},
      {rule_of("x", bots, {"acme/*"}, {may_do({"issues/create"})}), {"it is not for pulls/get"}},
      {rule_of("x", who_of("b", {}), {"other/*"}, {}),
       {"issuer is not b, but a", "acme/widgets is not among other/*", "it is not for pulls/get"}},
  };
  for (const auto& c : cases) {
    const std::vector<NearMiss> misses = misses_of({c.rule}, ask_to("pulls/get", "acme/widgets"));
    ASSERT_EQ(misses.size(), 1U);
    EXPECT_EQ(misses[0].rule, "x");
    EXPECT_EQ(misses[0].lacks, c.lacks);
  }
}

TEST(NearMisses, AreTheNearestFirst) {
  const Who bots = who_of("a", {{"namespace", "agents"}});
  const std::vector<NearMiss> misses =
      misses_of({rule_of("far", who_of("b", {}), {"other/*"}, {}), rule_of("d", bots, {"acme/*"}, {}),
                 rule_of("c", bots, {"acme/*"}, {}), rule_of("b", bots, {"other/*"}, {}),
                 rule_of("good", bots, {"acme/*"}, {may_do({"read"})})},
                ask_to("pulls/get", "acme/widgets"));
  ASSERT_EQ(misses.size(), 3U);
  EXPECT_EQ(misses[0].rule, "c");
  EXPECT_EQ(misses[1].rule, "d");
  EXPECT_EQ(misses[2].rule, "b");
}

TEST(NearMisses, AreOfTokensToo) {
  const std::vector<NearMiss> misses =
      misses_of({rule_of("x", who_of("a", {}), {"acme/*"}, {may_have("contents:read")})},
                ask_for("contents:write", "acme/widgets"));
  ASSERT_EQ(misses.size(), 1U);
  EXPECT_EQ(misses[0].lacks, Lacks{"it is not for a token of contents:write"});
}

TEST(Ceiling, SaysWhatItKeepsFromAll) {
  Ceiling ceiling;
  ceiling.permissions = *policy::PermissionSet::parse("contents:read,issues:write");
  ceiling.never = operations_of({"issues/lock"});
  const auto book = *RuleBook::make({}, ceiling);
  EXPECT_EQ(kept_by_ceiling(*book, ask_to("issues/lock", "acme/a")), "the ceiling says never to issues/lock");
  EXPECT_EQ(kept_by_ceiling(*book, ask_to("pulls/merge", "acme/a")),
            "the ceiling's permissions, contents:read,issues:write, are not enough for pulls/merge");
  EXPECT_EQ(kept_by_ceiling(*book, ask_for("contents:write", "acme/a")),
            "the ceiling's permissions, contents:read,issues:write, are not enough for a token of "
            "contents:write");
  EXPECT_EQ(kept_by_ceiling(*book, ask_to("issues/create", "acme/a")), "");
}

}  // namespace
}  // namespace hubwarden::rules
