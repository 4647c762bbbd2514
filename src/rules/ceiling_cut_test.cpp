#include "rules/ceiling_cut.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

Ceiling ceiling_of(std::string_view permissions, const std::vector<std::string>& never) {
  Ceiling ceiling;
  ceiling.permissions = *policy::PermissionSet::parse(permissions);
  ceiling.never = operations_of(never);
  return ceiling;
}

TEST(CeilingCut, LeavesWhatBothAllow) {
  const CeilingCut cut(ceiling_of("contents:read,issues:write", {"issues/lock"}));
  Rule rule = rule_of("a", who_of("x", {}), {"acme/*"},
                      {may_do({"issues/lock", "issues/create", "pulls/merge"}),
                       may_have("contents:write,pull_requests:read"), may_have("pull_requests:read")});
  ASSERT_TRUE(cut.apply(rule));
  EXPECT_EQ(rule.may[0].operations, operations_of({"issues/create"}));
  EXPECT_EQ(rule.may[1].token, *policy::PermissionSet::parse("contents:read"));
  EXPECT_FALSE(rule.may[2].token) << "none is left, and an empty set would be all of them";
  const Rule once = rule;
  ASSERT_TRUE(cut.apply(rule));
  EXPECT_EQ(rule.may[0].operations, once.may[0].operations);
  EXPECT_EQ(rule.may[1].token, once.may[1].token);
}

TEST(CeilingCut, RefusesATokenForWhatIsNever) {
  Ceiling ceiling;
  ceiling.never = operations_of({"repos/delete"});
  Rule rule = rule_of("a", who_of("x", {}), {"acme/*"}, {may_have("administration:write")});
  const Result<> refused = CeilingCut(ceiling).apply(rule);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "rule \"a\": with a token of administration:write its holder could do repos/delete, which the "
            "ceiling says never");
}

TEST(CeilingCut, KnowsWhatNoRuleCanAllow) {
  const CeilingCut cut(ceiling_of("contents:read,issues:write", {"issues/lock"}));
  EXPECT_TRUE(cut.lets(ask_to("issues/create", "acme/a").wanted));
  EXPECT_FALSE(cut.lets(ask_to("issues/lock", "acme/a").wanted));
  EXPECT_FALSE(cut.lets(ask_to("pulls/merge", "acme/a").wanted));
  EXPECT_TRUE(cut.lets(ask_for("contents:read", "acme/a").wanted));
  EXPECT_FALSE(cut.lets(ask_for("contents:write", "acme/a").wanted));
  EXPECT_TRUE(CeilingCut({}).lets(ask_for("administration:write", "acme/a").wanted));
}

}  // namespace
}  // namespace hubwarden::rules
