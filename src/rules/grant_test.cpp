#include "rules/grant.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

using namespace std::chrono_literals;
using BookPtr = std::shared_ptr<const RuleBook>;

const Caller kBot = caller_of("cluster-a", {{"namespace", "agents"}, {"service_account", "review-bot"}});
const Who kBots = who_of("cluster-a", {{"namespace", "agents"}, {"service_account", "review-*"}});

Grant grant_by(std::vector<Rule> rules, const Ceiling& ceiling = {}, const Caller& caller = kBot) {
  const Result<BookPtr> book = RuleBook::make(std::move(rules), ceiling);
  EXPECT_TRUE(book) << book.error().message();
  return Grant::of(*book, caller);
}

Ceiling ceiling_of(std::optional<std::string_view> permissions, const std::vector<std::string>& never = {}) {
  Ceiling ceiling;
  if (permissions) ceiling.permissions = *policy::PermissionSet::parse(*permissions);
  ceiling.never = operations_of(never);
  return ceiling;
}

Allowance with_consent(Allowance allowance) {
  allowance.consent = Consent{{"maintainers"}, 5min};
  return allowance;
}

TEST(Grant, AllowsWhatARuleSays) {
  const Grant grant =
      grant_by({rule_of("review", kBots, {"acme/*", "!acme/secrets-*"}, {may_do({"read", "create_issue"})})});
  const Decision decision = grant.decide(ask_to("pulls/get", "acme/widgets"));
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.rule, "review");
  EXPECT_EQ(grant.decide(ask_to("create_issue", "acme/widgets")).verdict, Verdict::kAllow);
}

TEST(Grant, RefusesTheRestAndSaysWhatWasMissing) {
  const Grant grant = grant_by({rule_of("review", kBots, {"acme/*", "!acme/secrets-*"},
                                        {may_do({"read", "create_issue"}), may_have("contents:read")})});
  const struct {
    Ask ask;
    Missing missing;
    std::string_view rule;
  } cases[] = {
      {ask_to("issues/create", "acme/widgets"), Missing::kOperation, "review"},
      {ask_to("pulls/get", "acme/secrets-prod"), Missing::kRepository, ""},
      {ask_to("pulls/get", "other/widgets"), Missing::kRepository, ""},
      {ask_for("contents:write", "acme/widgets"), Missing::kPermission, "review"},
      {ask_for("contents:read,issues:read", "acme/widgets"), Missing::kPermission, "review"},
      {ask_for("contents:read", "other/widgets"), Missing::kRepository, ""},
  };
  for (const auto& c : cases) {
    const Decision decision = grant.decide(c.ask);
    EXPECT_EQ(decision.verdict, Verdict::kRefuse);
    EXPECT_EQ(decision.missing, c.missing);
    EXPECT_EQ(decision.rule, c.rule);
  }
  const Grant nobody = grant_by({rule_of("review", kBots, {"acme/*"}, {may_do({"read"})})}, {},
                                caller_of("cluster-b", {{"namespace", "agents"}}));
  EXPECT_EQ(nobody.decide(ask_to("pulls/get", "acme/widgets")).missing, Missing::kRule);
}

TEST(Grant, WantsOneRuleForAllOfIt) {
  const Grant grant = grant_by({rule_of("a", kBots, {"acme/a"}, {may_have("contents:read")}),
                                rule_of("b", kBots, {"acme/b"}, {may_have("contents:read")}),
                                rule_of("c", kBots, {"acme/*"}, {may_have("issues:read")})});
  const auto both = [](std::string_view permissions) {
    return Ask(*policy::PermissionSet::parse(permissions), {repository("acme/a"), repository("acme/b")});
  };
  EXPECT_EQ(grant.decide(ask_for("contents:read", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(both("contents:read")).verdict, Verdict::kRefuse) << "no rule has both repositories";
  EXPECT_EQ(grant.decide(both("issues:read")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_for("contents:read,issues:read", "acme/a")).verdict, Verdict::kRefuse);
  EXPECT_EQ(grant.decide(Ask(*policy::PermissionSet::parse("issues:read"), {})).verdict, Verdict::kRefuse)
      << "no repository would be all of them";
}

TEST(Grant, AsksForConsentOnlyWhereNoRuleDoesWithout) {
  Allowance asked = with_consent(may_do({"checks/create", "pulls/merge"}));
  const Grant grant = grant_by({rule_of("a", kBots, {"acme/*"}, {asked}),
                                rule_of("b", kBots, {"acme/*"}, {may_do({"checks/create"})})});
  EXPECT_EQ(grant.decide(ask_to("checks/create", "acme/widgets")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_to("checks/create", "acme/widgets")).rule, "b");
  const Decision merge = grant.decide(ask_to("pulls/merge", "acme/widgets"));
  EXPECT_EQ(merge.verdict, Verdict::kConsent);
  ASSERT_TRUE(merge.consent);
  EXPECT_EQ(merge.consent->from, std::vector<std::string>{"maintainers"});
}

TEST(Grant, BringsTheLimitsOfItsRule) {
  Allowance limited = may_do({"read"});
  limited.limits.concurrent = 3;
  limited.limits.requests = Quota{500, 1h};
  Allowance token = may_have("contents:read");
  token.ttl = 15min;
  const Grant grant = grant_by({rule_of("a", kBots, {"acme/*"}, {limited, token})});
  EXPECT_EQ(grant.decide(ask_to("repos/get", "acme/widgets")).limits, limited.limits);
  EXPECT_EQ(grant.decide(ask_for("contents:read", "acme/widgets")).ttl, Duration(15min));
}

TEST(Grant, ExceedsNoCeiling) {
  const Ceiling ceiling = ceiling_of("contents:read,issues:write", {"issues/lock"});
  const Grant grant =
      grant_by({rule_of("a", kBots, {"acme/*"}, {may_do({"read", "write"}), may_have("contents:read")}),
                rule_of("b", kBots, {"acme/b"}, {may_have("contents:write,pull_requests:read")})},
               ceiling);
  EXPECT_EQ(grant.decide(ask_to("issues/create", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_to("issues/lock", "acme/a")).verdict, Verdict::kRefuse) << "never";
  EXPECT_EQ(grant.decide(ask_to("repos/create-or-update-file-contents", "acme/a")).verdict, Verdict::kRefuse);
  EXPECT_EQ(grant.decide(ask_to("repos/get-content", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_for("contents:read", "acme/b")).verdict, Verdict::kAllow);
  EXPECT_EQ(grant.decide(ask_for("contents:write", "acme/b")).verdict, Verdict::kRefuse);
  EXPECT_EQ(grant.decide(ask_for("pull_requests:read", "acme/b")).verdict, Verdict::kRefuse);
}

TEST(RuleBook, RefusesATokenThatCouldDoWhatIsNever) {
  const auto make = [](Allowance allowance, const Ceiling& ceiling) {
    return RuleBook::make({rule_of("a", kBots, {"acme/*"}, {std::move(allowance)})}, ceiling);
  };
  const Result<BookPtr> refused =
      make(may_have("administration:write"), ceiling_of(std::nullopt, {"repos/delete"}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("repos/delete"), std::string::npos) << refused.error().message();
  EXPECT_TRUE(make(may_have("contents:write"), ceiling_of(std::nullopt, {"repos/delete"})));
  EXPECT_TRUE(make(may_have("administration:write"), ceiling_of("contents:write", {"repos/delete"})))
      << "the ceiling has taken it away";
}

TEST(RuleBook, HasEachNameOnce) {
  EXPECT_FALSE(
      RuleBook::make({rule_of("a", kBots, {"acme/*"}, {}), rule_of("a", kBots, {"acme/b"}, {})}, {}));
}

TEST(Narrowing, TakesAway) {
  const Grant grant = grant_by(
      {rule_of("a", kBots, {"acme/*"}, {may_do({"read", "write"}), may_have("contents:write,issues:read")})});
  Narrowing to;
  to.repositories = std::vector{repository("acme/a"), repository("other/b")};
  to.operations = operations_of({"read", "issues/create"});
  to.token = *policy::PermissionSet::parse("contents:read,administration:write");
  const Grant narrow = grant.narrowed(to);
  EXPECT_EQ(narrow.decide(ask_to("repos/get", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(narrow.decide(ask_to("issues/create", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(narrow.decide(ask_for("contents:read", "acme/a")).verdict, Verdict::kAllow);
  const Decision refused = narrow.decide(ask_to("repos/get", "acme/b"));
  EXPECT_EQ(refused.missing, Missing::kNarrowing);
  EXPECT_EQ(refused.rule, "a");
  EXPECT_EQ(narrow.decide(ask_to("issues/update", "acme/a")).missing, Missing::kNarrowing);
  EXPECT_EQ(narrow.decide(ask_for("contents:write", "acme/a")).missing, Missing::kNarrowing);
  EXPECT_EQ(narrow.decide(ask_to("repos/get", "other/b")).missing, Missing::kRepository)
      << "it gives nothing";
  EXPECT_EQ(narrow.decide(ask_for("administration:write", "acme/a")).missing, Missing::kPermission);
  Narrowing no_tokens;
  no_tokens.has_no_tokens = true;
  EXPECT_EQ(narrow.narrowed(no_tokens).decide(ask_for("contents:read", "acme/a")).missing,
            Missing::kNarrowing);
  EXPECT_EQ(narrow.narrowed(no_tokens).narrowings(), 2U);
}

Ask ask_for_all(std::vector<policy::Repository> repositories) {
  return {AllPermissions(), std::move(repositories)};
}

TEST(Grant, GivesATokenAllThatOneRuleAllows) {
  const Grant grant = grant_by({rule_of("b", kBots, {"acme/*"}, {may_have("contents:write")}),
                                rule_of("a", kBots, {"acme/a"}, {may_do({"read"}), may_have("issues:read")}),
                                rule_of("c", kBots, {"acme/c"}, {with_consent(may_have("issues:write"))})});
  EXPECT_EQ(grant.decide(ask_for_all({repository("acme/a")})).token->text(), "issues:read")
      << "the first name";
  EXPECT_EQ(grant.decide(ask_for_all({repository("acme/b")})).token->text(), "contents:write");
  EXPECT_EQ(grant.decide(ask_for_all({repository("acme/c")})).rule, "b") << "without consent";
  EXPECT_EQ(grant.decide(ask_for_all({repository("other/a")})).missing, Missing::kRepository);
  EXPECT_EQ(grant.decide(ask_for_all({})).verdict, Verdict::kRefuse);
  EXPECT_EQ(grant.decide(ask_for("contents:read", "acme/b")).token->text(), "contents:read");
  EXPECT_FALSE(grant.decide(ask_to("repos/get", "acme/a")).token);
}

TEST(Narrowing, LeavesATokenWhatBothHave) {
  const Grant grant = grant_by({rule_of("a", kBots, {"acme/*"}, {may_have("contents:write,issues:read")})});
  const auto narrowed = [&](std::string_view permissions) {
    Narrowing to;
    to.token = *policy::PermissionSet::parse(permissions);
    return grant.narrowed(std::move(to)).decide(ask_for_all({repository("acme/a")}));
  };
  EXPECT_EQ(narrowed("contents:read,checks:write").token->text(), "contents:read");
  EXPECT_EQ(narrowed("metadata:read,issues:write").token->text(), "issues:read");
  EXPECT_EQ(narrowed("checks:write").missing, Missing::kNarrowing) << "nothing is left";
}

TEST(OperatorsGrant, HoldsEverythingButTheOperationsThatAreNotConfigured) {
  const Grant all = Grant::of_operator(
      std::make_shared<const catalogue::OperationSet>(operations_of({"read", "create_issue"})));
  EXPECT_TRUE(all.is_of_operator());
  EXPECT_EQ(all.most(), nullptr);
  EXPECT_EQ(all.decide(ask_to("repos/get", "acme/a")).verdict, Verdict::kAllow);
  EXPECT_EQ(all.decide(ask_to("issues/create", "acme/a")).missing, Missing::kOperation);
  const Decision token = all.decide(ask_for_all({}));
  EXPECT_EQ(token.verdict, Verdict::kAllow);
  EXPECT_EQ(token.token, std::nullopt) << "all that the App has, of all repositories";
  Narrowing to;
  to.repositories = {repository("acme/a")};
  to.token = *policy::PermissionSet::parse("contents:read");
  to.operations.emplace();
  const Grant workspace = all.narrowed(std::move(to));
  EXPECT_EQ(workspace.decide(ask_for_all({repository("acme/a")})).token->text(), "contents:read");
  EXPECT_EQ(workspace.decide(ask_for_all({})).verdict, Verdict::kRefuse) << "none would be all of them";
  EXPECT_EQ(workspace.decide(ask_to("repos/get", "acme/a")).missing, Missing::kNarrowing);
  EXPECT_EQ(workspace.decide(ask_for_all({repository("acme/b")})).missing, Missing::kNarrowing);
}

// Everything below is made of a few names, so that much of it meets.

constexpr std::array kNames = {"acme/a", "acme/b", "acme/secret-a", "other/a"};
constexpr std::array kPatterns = {"acme/*",       "acme/a",         "other/**",    "**",
                                  "{repository}", "!acme/secret-*", "!acme/{team}"};
constexpr std::array kOperations = {"read", "write", "issues/create", "create_issue", "pulls/*", "repos/get"};
constexpr std::array kPermissions = {"contents:read", "contents:write", "contents:read,issues:write",
                                     "issues:read"};

template <class List>
std::string one_of(SeededRandom& random, const List& list) {
  return list[random.next() % list.size()];
}

bool is_heads(SeededRandom& random) {
  return random.next() % 2 == 0;
}

std::vector<std::string> some_of(SeededRandom& random, const auto& list) {
  std::vector<std::string> some;
  for (const auto* each : list) {
    if (random.next() % 3 == 0) some.emplace_back(each);
  }
  return some;
}

Allowance some_allowance(SeededRandom& random) {
  Allowance allowance =
      is_heads(random) ? may_do(some_of(random, kOperations)) : may_have(one_of(random, kPermissions));
  return random.next() % 4 == 0 ? with_consent(std::move(allowance)) : allowance;
}

Rule some_rule(SeededRandom& random, std::size_t number) {
  constexpr std::array kValues = {"agents", "ag*", "*", "review-bot", "review-*", "x"};
  std::vector<Who::Condition> conditions;
  for (const std::string name : {"namespace", "service_account"}) {
    if (is_heads(random)) continue;
    std::vector<policy::Glob> patterns = {*policy::Glob::parse(one_of(random, kValues))};
    if (is_heads(random)) patterns.push_back(*policy::Glob::parse(one_of(random, kValues)));
    conditions.emplace_back(name, std::move(patterns));
  }
  const std::string issuer = random.next() % 4 == 0 ? "cluster-b" : "cluster-a";
  std::vector<Allowance> may;
  for (std::size_t i = random.next() % 3; i > 0; --i) may.push_back(some_allowance(random));
  return rule_of("rule " + std::to_string(number), *Who::make(issuer, std::move(conditions)),
                 some_of(random, kPatterns), std::move(may));
}

Caller some_caller(SeededRandom& random) {
  policy::Attributes attributes;
  attributes.add("namespace", is_heads(random) ? "agents" : "other");
  if (is_heads(random)) attributes.add("service_account", "review-bot");
  if (is_heads(random)) attributes.add("repository", one_of(random, kNames));
  if (is_heads(random)) attributes.add("team", "b");
  return {"cluster-a", std::move(attributes)};
}

Ask some_ask(SeededRandom& random) {
  std::vector<policy::Repository> repositories = {repository(one_of(random, kNames))};
  if (random.next() % 4 == 0) repositories.push_back(repository(one_of(random, kNames)));
  if (is_heads(random)) {
    if (random.next() % 4 == 0) return ask_for_all(std::move(repositories));
    return {*policy::PermissionSet::parse(one_of(random, kPermissions)), std::move(repositories)};
  }
  return ask_to(one_of(random, std::array{"repos/get", "issues/create", "create_issue", "pulls/merge"}),
                std::move(repositories));
}

Narrowing some_narrowing(SeededRandom& random) {
  Narrowing to;
  if (is_heads(random)) {
    to.repositories.emplace();
    for (const std::string& name : some_of(random, kNames)) to.repositories->push_back(repository(name));
  }
  if (is_heads(random)) to.operations = operations_of(some_of(random, kOperations));
  if (is_heads(random)) to.token = *policy::PermissionSet::parse(one_of(random, kPermissions));
  to.has_no_tokens = random.next() % 8 == 0;
  return to;
}

// By the words of the rules alone: no index, no order.
Verdict plainly(const std::vector<Rule>& rules, const Caller& caller, const Ask& ask) {
  Verdict best = Verdict::kRefuse;
  for (const Rule& rule : rules) {
    const bool is_about =
        rule.who.matches(caller) && std::ranges::all_of(ask.repositories, [&](const auto& each) {
          return rule.repositories.match(each, caller.attributes);
        });
    if (!is_about) continue;
    for (const Allowance& allowance : rule.may) {
      const auto* named = std::get_if<catalogue::Named>(&ask.wanted);
      const auto* permissions = std::get_if<policy::PermissionSet>(&ask.wanted);
      const bool is_allowed = named != nullptr ? allowance.operations.has(*named)
                                               : allowance.token && (permissions == nullptr ||
                                                                     allowance.token->covers(*permissions));
      if (is_allowed) best = std::min(best, allowance.consent ? Verdict::kConsent : Verdict::kAllow);
    }
  }
  return best;
}

TEST(Grant, DecidesAsItsRulesReadWhateverTheyAre) {
  int allowed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    std::vector<Rule> rules;
    // More than are gone through one by one, now and then.
    for (std::size_t count = random.next() % 80; count > 0; --count)
      rules.push_back(some_rule(random, count));
    const Caller caller = some_caller(random);
    const Grant grant = grant_by(rules, {}, caller);
    for (int i = 0; i < 20; ++i) {
      const Ask ask = some_ask(random);
      const Verdict verdict = plainly(rules, caller, ask);
      allowed += verdict == Verdict::kRefuse ? 0 : 1;
      ASSERT_EQ(grant.decide(ask).verdict, verdict) << seed;
    }
  }
  EXPECT_GT(allowed, 1000);
}

// Handle within parent within policy.
TEST(Narrowing, NeverWidens) {
  int narrowed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    std::vector<Rule> rules;
    for (std::size_t count = random.next() % 30; count > 0; --count)
      rules.push_back(some_rule(random, count));
    std::vector<Grant> line = {grant_by(std::move(rules), {}, some_caller(random))};
    for (int i = 0; i < 4; ++i) line.push_back(line.back().narrowed(some_narrowing(random)));
    for (int i = 0; i < 40; ++i) {
      const Ask ask = some_ask(random);
      for (std::size_t child = 1; child < line.size(); ++child) {
        const Decision given = line[child].decide(ask);
        const Decision by_parent = line[child - 1].decide(ask);
        ASSERT_GE(given.verdict, by_parent.verdict) << seed;
        narrowed += given.verdict != by_parent.verdict ? 1 : 0;
        if (given.verdict == Verdict::kRefuse) continue;
        ASSERT_EQ(given.rule, by_parent.rule);
        if (std::holds_alternative<catalogue::Named>(ask.wanted)) continue;
        ASSERT_TRUE(by_parent.token->covers(*given.token)) << seed;
        // What it gives of itself it gives for the asking.
        ASSERT_NE(line[child].decide(Ask(*given.token, ask.repositories)).verdict, Verdict::kRefuse) << seed;
      }
    }
  }
  EXPECT_GT(narrowed, 1000);
}

}  // namespace
}  // namespace hubwarden::rules
