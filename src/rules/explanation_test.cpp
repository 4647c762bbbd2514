#include "rules/explanation.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;

const Who kBots = who_of("cluster-a", {{"namespace", "agents"}});
const Caller kBot = caller_of("cluster-a", {{"namespace", "agents"}});

Allowance with_consent(Allowance allowance) {
  allowance.consent = Consent{{"maintainers", "leads"}, 5min};
  return allowance;
}

Grant grant_of(const Caller& caller = kBot) {
  return Grant::of(
      *RuleBook::make(
          {rule_of("review", kBots, {"acme/*", "!acme/secrets-*"},
                   {may_do({"read", "create_issue"}), may_have("contents:read,issues:write"),
                    with_consent(may_do({"pulls/merge"}))}),
           rule_of("one", kBots, {"other/one"}, {may_have("contents:read")}),
           rule_of("two", kBots, {"other/two"}, {may_have("contents:read")}),
           rule_of("checks", kBots, {"third/*"}, {may_have("checks:read"), may_have("issues:read")}),
           rule_of("hidden", who_of("cluster-b", {}), {"hidden/*"}, {may_do({"write"})})},
          {}),
      caller);
}

Explanation explained(const Grant& grant, const Ask& ask) {
  return explain(grant, ask, grant.decide(ask));
}

Ask ask_for_all(std::string_view permissions, std::vector<policy::Repository> repositories) {
  return {*policy::PermissionSet::parse(permissions), std::move(repositories)};
}

TEST(Explanation, NamesTheRuleThatAllows) {
  const Explanation why = explained(grant_of(), ask_to("pulls/get", "acme/widgets"));
  EXPECT_EQ(why.verdict, Verdict::kAllow);
  EXPECT_EQ(why.message, "rule \"review\" allows it");
  EXPECT_FALSE(why.code);
  const Explanation consent = explained(grant_of(), ask_to("pulls/merge", "acme/widgets"));
  EXPECT_EQ(consent.verdict, Verdict::kConsent);
  EXPECT_EQ(consent.message, "rule \"review\" allows it with consent of leads or maintainers within 5m");
}

TEST(Explanation, SaysWhatWasMissingAndWhoCanChangeIt) {
  const struct {
    Ask ask;
    ErrorCode code;
    Fix fix;
    std::string_view message;
  } cases[] = {
      {ask_to("issues/create", "acme/widgets"), ErrorCode::kOperationNotAllowed, Fix::kOperator,
       R"(rule "review" is about acme/widgets, but not for issues/create)"},
      {ask_for("contents:write,issues:read", "acme/widgets"), ErrorCode::kForbidden, Fix::kOperator,
       R"(rule "review" gives tokens for acme/widgets, but none with contents:write)"},
      {ask_to("pulls/get", "acme/secrets-prod"), ErrorCode::kForbidden, Fix::kOperator,
       "no rule for this caller is about acme/secrets-prod"},
      {ask_to("issues/create", "hidden/x"), ErrorCode::kForbidden, Fix::kOperator,
       "no rule for this caller is about hidden/x"},
      {ask_to("pulls/get", "nowhere/x"), ErrorCode::kForbidden, Fix::kOperator,
       "no rule for this caller is about nowhere/x"},
      {ask_to("pulls/get", std::vector<policy::Repository>{}), ErrorCode::kForbidden, Fix::kCaller,
       "the request names no repository"},
      {ask_for_all("contents:read", {repository("other/one"), repository("other/two")}),
       ErrorCode::kForbidden, Fix::kCaller,
       "no rule for this caller is about all of other/one and other/two; asked for one by one, all of it is "
       "allowed"},
      {ask_for_all("contents:read", {repository("other/one"), repository("other/x")}), ErrorCode::kForbidden,
       Fix::kOperator, "no rule for this caller is about all of other/one and other/x"},
      {ask_for("checks:read,issues:read", "third/x"), ErrorCode::kForbidden, Fix::kCaller,
       R"(rule "checks" gives tokens for third/x, but none with issues:read; asked for one by one, all of it )"
       "is allowed"},
  };
  for (const auto& c : cases) {
    const Explanation why = explained(grant_of(), c.ask);
    EXPECT_EQ(why.verdict, Verdict::kRefuse);
    EXPECT_EQ(why.message, c.message);
    EXPECT_EQ(why.code, c.code) << c.message;
    EXPECT_EQ(why.fix, c.fix) << c.message;
  }
  EXPECT_EQ(explained(grant_of(caller_of("cluster-a", {{"namespace", "other"}})),
                      ask_to("pulls/get", "acme/widgets"))
                .message,
            "no rule is for this caller");
}

TEST(Explanation, SaysWhatANarrowingHasTaken) {
  Narrowing to;
  to.repositories = std::vector{repository("acme/widgets")};
  to.operations = operations_of({"pulls/get"});
  to.has_no_tokens = true;
  const Grant narrow = grant_of().narrowed(to);
  const struct {
    Ask ask;
    std::string_view message;
  } cases[] = {
      {ask_to("pulls/get", "acme/gadgets"), "this credential is not about acme/gadgets"},
      {ask_to("repos/get", "acme/widgets"), "this credential is not for repos/get"},
      {ask_for("contents:read", "acme/widgets"), "this credential is not for a token of contents:read"},
  };
  for (const auto& c : cases) {
    const Explanation why = explained(narrow, c.ask);
    EXPECT_EQ(why.message, c.message);
    EXPECT_EQ(why.fix, Fix::kCaller);
    EXPECT_EQ(why.rule, "review");
  }
}

// The same words for what a pattern keeps from the caller, for what other rules are about, and for what no
// rule is about.
TEST(Explanation, TellsNothingOfWhatIsNotTheCallers) {
  const auto without_name = [](const std::string& name) {
    std::string message = explained(grant_of(), ask_to("pulls/get", name)).message;
    const std::size_t at = message.find(name);
    return at == std::string::npos ? message : message.erase(at, name.size());
  };
  EXPECT_EQ(without_name("acme/secrets-x"), without_name("nowhere/x"));
  EXPECT_EQ(without_name("hidden/x"), without_name("nowhere/x"));
}

}  // namespace
}  // namespace hubwarden::rules
