#include "rules/book_diff.h"

#include <gtest/gtest.h>

#include "rules/rule_text.h"
#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const Who kBots = who_of("a", {{"namespace", "agents"}});

// One line for each portion: "changed rule x: operations + issues/create".
Lines lines_of(std::vector<Rule> before, std::vector<Rule> after, const Ceiling& old_ceiling = {},
               const Ceiling& new_ceiling = {}) {
  const auto old_book = *RuleBook::make(std::move(before), old_ceiling);
  const auto new_book = *RuleBook::make(std::move(after), new_ceiling);
  constexpr std::string_view kKinds[] = {"added", "removed", "changed"};
  Lines lines;
  for (const Change& change : differences(*old_book, *new_book)) {
    const std::string beginning = std::string(kKinds[static_cast<int>(change.kind)]) + " " + change.what +
                                  (change.name.empty() ? "" : " " + change.name) + ": ";
    for (const AspectChange& aspect : change.aspects) {
      const auto add = [&](std::string_view sign, const Portion& portion) {
        lines.push_back(beginning + aspect.aspect + std::string(sign) + listed(portion.names, 3) +
                        (portion.terms.empty() ? "" : " (" + portion.terms + ")"));
      };
      for (const Portion& portion : aspect.before) add(" - ", portion);
      for (const Portion& portion : aspect.after) add(" + ", portion);
    }
  }
  return lines;
}

Allowance limited(Allowance allowance, std::uint64_t requests) {
  allowance.limits.requests = Quota{requests, 1h};
  return allowance;
}
Allowance with_consent(Allowance allowance) {
  allowance.consent = Consent{{"people"}, 5min};
  return allowance;
}

Rule rule_with(std::vector<Allowance> may) {
  return rule_of("x", kBots, {"acme/*"}, std::move(may));
}

TEST(BookDiff, IsEmptyForWhatGivesTheSame) {
  EXPECT_EQ(lines_of({}, {}), Lines());
  const Rule a = rule_of("a", kBots, {"acme/*"}, {may_do({"issues/create"})});
  const Rule b = rule_of("b", who_of("b", {{"x", "1"}, {"y", "2"}}), {"a/*", "b/*"},
                         {may_do({"issues/create", "pulls/get"})});
  const Rule b_again = rule_of("b", who_of("b", {{"y", "2"}, {"x", "1"}}), {"b/*", "a/*"},
                               {may_do({"pulls/get"}), may_do({"issues/create"})});
  EXPECT_EQ(lines_of({a, b}, {b_again, a}), Lines()) << "neither order nor spelling matters";
}

TEST(BookDiff, TellsOfRulesThatCameAndWent) {
  const Rule rule = rule_with({may_do({"issues/create"}), may_have("contents:read")});
  EXPECT_EQ(lines_of({}, {rule}),
            (Lines{"added rule x: who + issuer a, namespace agents", "added rule x: repositories + acme/*",
                   "added rule x: operations + issues/create", "added rule x: token + contents:read"}));
  EXPECT_EQ(lines_of({rule}, {}).back(), "removed rule x: token - contents:read");
}

TEST(BookDiff, TellsWhatOfARuleIsAnother) {
  const Rule before = rule_with({may_do({"issues/create"})});
  Rule who = before;
  who.who = who_of("a", {{"namespace", "tests"}});
  EXPECT_EQ(lines_of({before}, {who}), (Lines{"changed rule x: who - issuer a, namespace agents",
                                              "changed rule x: who + issuer a, namespace tests"}));
  Rule repositories = before;
  repositories.repositories = *RepositoryPatterns::parse({"acme/*", "other/*", "!acme/secret"});
  EXPECT_EQ(lines_of({before}, {repositories}),
            Lines{"changed rule x: repositories + other/* and !acme/secret"});
  Rule session = before;
  session.session.ttl = 5min;
  EXPECT_EQ(lines_of({before}, {session}), Lines{"changed rule x: session + ttl 5m"});
  EXPECT_EQ(lines_of({rule_with({may_have("contents:read")})}, {rule_with({may_have("contents:write")})}),
            (Lines{"changed rule x: token - contents:read", "changed rule x: token + contents:write"}));
}

TEST(BookDiff, TellsOnWhichTermsOperationsAre) {
  EXPECT_EQ(lines_of({rule_with({limited(may_do({"pulls/get", "pulls/list"}), 500)})},
                     {rule_with({limited(may_do({"pulls/get"}), 100)})}),
            (Lines{"changed rule x: operations - pulls/get and pulls/list (requests 500/h)",
                   "changed rule x: operations + pulls/get (requests 100/h)"}));
  EXPECT_EQ(
      lines_of({rule_with({may_do({"pulls/merge"})})}, {rule_with({with_consent(may_do({"pulls/merge"}))})}),
      (Lines{"changed rule x: operations - pulls/merge",
             "changed rule x: operations + pulls/merge (consent of people within 5m)"}));
  EXPECT_EQ(lines_of({rule_with({with_consent(may_do({"pulls/merge"})), may_do({"pulls/merge"})})},
                     {rule_with({may_do({"pulls/merge"})})}),
            Lines())
      << "what needs no consent in one place needs none";
}

TEST(BookDiff, TellsShortNamesWhereTheyAreAllThereIs) {
  EXPECT_EQ(lines_of({rule_with({})}, {rule_with({may_do({"create_issue"})})}),
            Lines{"changed rule x: operations + create_issue"});
  EXPECT_EQ(lines_of({rule_with({})}, {rule_with({may_do({"issues/create"})})}),
            Lines{"changed rule x: operations + issues/create"});
}

TEST(BookDiff, TellsOfTheCeilingAndOfWhatItCutsAway) {
  Ceiling ceiling;
  ceiling.permissions = *policy::PermissionSet::parse("contents:read,issues:write");
  ceiling.never = operations_of({"issues/lock"});
  const Rule rule = rule_with({may_do({"issues/lock", "issues/create"}), may_have("contents:write")});
  EXPECT_EQ(lines_of({rule}, {rule}, {}, ceiling),
            (Lines{"changed ceiling: permissions + contents:read,issues:write",
                   "changed ceiling: never + issues/lock", "changed rule x: operations - issues/lock",
                   "changed rule x: token - contents:write", "changed rule x: token + contents:read"}));
}

}  // namespace
}  // namespace hubwarden::rules
