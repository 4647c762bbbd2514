#include "delivery/token/token_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tokens::TokenAsk;

constexpr std::string_view kHost = "github.com";

class SomePrincipal final : public auth::Principal {
 public:
  SomePrincipal(std::vector<policy::Repository> own, rules::Grant grant)
      : own_(std::move(own)), grant_(std::move(grant)) {}
  auth::PrincipalKind kind() const override { return auth::PrincipalKind::kSession; }
  std::string name() const override { return "somebody"; }
  rules::Grant grant(const auth::Authority&) const override { return grant_; }
  std::span<const policy::Repository> repositories() const override { return own_; }

 private:
  std::vector<policy::Repository> own_;
  rules::Grant grant_;
};

rules::Grant everything() {
  return rules::Grant::of_operator(std::make_shared<const catalogue::OperationSet>());
}
rules::Grant cut(std::optional<std::vector<policy::Repository>> repositories, std::string_view permissions) {
  rules::Narrowing to;
  to.repositories = std::move(repositories);
  to.token = *policy::PermissionSet::parse(permissions);
  return everything().narrowed(std::move(to));
}

TokenTerms workspace() {
  static const std::vector kOwn = {*policy::Repository::parse("acme/widgets"),
                                   *policy::Repository::parse("acme/gadgets")};
  static const SomePrincipal kWho(kOwn, cut(kOwn, "contents:write,issues:read"));
  return TokenTerms(kWho, kWho.grant(auth::Authority(everything())), kHost);
}

TokenTerms operators(rules::Grant grant = everything()) {
  static const SomePrincipal kWho({}, everything());
  TokenTerms terms(kWho, std::move(grant), kHost);
  terms.may_choose_installation = true;
  terms.installation = InstallationId(7);
  return terms;
}

// Whose session may have tokens for acme's repositories but one.
TokenTerms session() {
  rules::Rule rule = rules::rule_of("builders", rules::who_of("ci", {}), {"acme/*", "!acme/secrets"},
                                    {rules::may_have("contents:read,packages:write")});
  static const SomePrincipal kWho(
      {}, rules::Grant::of(*rules::RuleBook::make({rule}, {}), rules::caller_of("ci", {})));
  return TokenTerms(kWho, kWho.grant(auth::Authority(everything())), kHost);
}

// The ask of what is allowed.
Result<TokenAsk> asked(const TokenTerms& terms, std::string_view query) {
  Result<AllowedToken> allowed = token_ask(terms, query);
  if (!allowed) return std::unexpected(allowed.error());
  return allowed->ask;
}

std::string names(const TokenAsk& ask) {
  std::string text;
  for (const policy::Repository& repository : ask.repositories) text += repository.key() + " ";
  return text;
}
std::string permissions(const TokenAsk& ask) {
  return ask.permissions.set() ? ask.permissions.set()->text() : "all";
}

TEST(TokenQuery, GivesAWorkspaceAllOfItsOwnUnlessItAsksForLess) {
  struct Row {
    std::string_view query;
    std::string_view repositories;
    std::string_view permissions;
  };
  constexpr Row kRows[] = {
      {"", "acme/widgets acme/gadgets ", "contents:write,issues:read"},
      {"repo=acme/widgets", "acme/widgets ", "contents:write,issues:read"},
      {"repo=ACME/Widgets.git", "acme/widgets ", "contents:write,issues:read"},
      {"repo=acme%2Fgadgets&repo=acme/widgets", "acme/gadgets acme/widgets ", "contents:write,issues:read"},
      {"permissions=contents:read", "acme/widgets acme/gadgets ", "contents:read"},
      {"permissions=issues:read,contents:write", "acme/widgets acme/gadgets ", "contents:write,issues:read"},
      {"permissions=metadata:read", "acme/widgets acme/gadgets ", "metadata:read"},
  };
  for (const Row& row : kRows) {
    const Result<TokenAsk> ask = asked(workspace(), row.query);
    ASSERT_TRUE(ask.has_value()) << row.query << ": " << ask.error().message();
    EXPECT_EQ(names(*ask), row.repositories) << row.query;
    EXPECT_EQ(permissions(*ask), row.permissions) << row.query;
    EXPECT_EQ(ask->host, "github.com");
    EXPECT_EQ(ask->installation, std::nullopt);
  }
}

TEST(TokenQuery, ForbidsAWorkspaceWhatLiesOutsideAndNamesIt) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"repo=acme/secret", "acme/secret"},
      {"repo=acme/widgets&repo=rival/widgets", "rival/widgets"},
      {"repo=acme/widgets-2", "acme/widgets-2"},
      {"permissions=contents:admin", "contents:admin"},
      {"permissions=contents:read,issues:write", "issues:write"},
      {"permissions=administration:read", "administration:read"},
      {"installation=7", "installation"},
      {"installation=7&repo=acme/widgets", "installation"},
      {"installation=x", "installation"},
  };
  for (const auto& [query, named] : rows) {
    const Result<TokenAsk> ask = asked(workspace(), query);
    ASSERT_FALSE(ask.has_value()) << query;
    EXPECT_EQ(ask.error().code(), ErrorCode::kForbidden) << query;
    EXPECT_THAT(ask.error().message(), HasSubstr(std::string(named))) << query;
  }
}

TEST(TokenQuery, RefusesWhatMakesNoSenseWhoeverAsks) {
  constexpr std::string_view kRows[] = {
      "repo=",
      "repo=widgets",
      "repo=acme/../x",
      "repo=acme/widgets/x",
      "permissions=",
      "permissions=contents",
      "permissions=contents:owner",
      "permissions=contents:read,contents:read",
      "permissions=contents:read&permissions=issues:read",
      "min_ttl=",
      "min_ttl=20",
      "min_ttl=-1m",
      "min_ttl=56m",
      "min_ttl=55m1s",
      "min_ttl=9999999999h",
      "min_ttl=5m&min_ttl=5m",
      "host=",
      "host=a&host=b",
      "host=https://github.com",
      "host=a%0d%0ab",
      "host=a%20b",
      "host=a%2fb",
      "scope=all",
      "repo[]=acme/widgets",
  };
  for (const std::string_view query : kRows) {
    for (const TokenTerms& terms : {workspace(), operators(), session()}) {
      const Result<TokenAsk> ask = asked(terms, query);
      ASSERT_FALSE(ask.has_value()) << query;
      EXPECT_EQ(ask.error().code(), ErrorCode::kInvalidRequest) << query;
    }
  }
  EXPECT_FALSE(asked(workspace(), "host=" + std::string(300, 'a')).has_value());
}

TEST(TokenQuery, TakesAWishForLifeUpToFiftyFiveMinutes) {
  EXPECT_EQ(asked(workspace(), "")->min_ttl, 0s);
  EXPECT_EQ(asked(workspace(), "min_ttl=0s")->min_ttl, 0s);
  EXPECT_EQ(asked(workspace(), "min_ttl=20m")->min_ttl, 20min);
  EXPECT_EQ(asked(workspace(), "min_ttl=55m")->min_ttl, 55min);
}

TEST(TokenQuery, NamesAnotherHostInLowerCase) {
  EXPECT_EQ(asked(workspace(), "host=GitHub.Example.com:8443")->host, "github.example.com:8443");
}

TEST(TokenQuery, GivesTheOperatorTheConfiguredInstallation) {
  const Result<TokenAsk> ask = asked(operators(), "");
  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(ask->installation, InstallationId(7));
  EXPECT_EQ(names(*ask), "");
  EXPECT_EQ(permissions(*ask), "all");
  EXPECT_EQ(asked(operators(), "host=GITHUB.com")->installation, InstallationId(7));
}

TEST(TokenQuery, TakesTheConfiguredInstallationForNoOtherHost) {
  EXPECT_EQ(asked(operators(), "host=github.example.com")->installation, std::nullopt);
  EXPECT_EQ(asked(operators(), "host=github.example.com&installation=9")->installation, InstallationId(9));
}

TEST(TokenQuery, GivesTheOperatorAnyRepositoryOrInstallationButNotBothAtOnce) {
  const Result<TokenAsk> by_name = asked(operators(), "repo=rival/secrets&permissions=contents:admin");
  EXPECT_EQ(names(*by_name), "rival/secrets ");
  EXPECT_EQ(permissions(*by_name), "contents:admin");
  EXPECT_EQ(by_name->installation, std::nullopt);
  EXPECT_EQ(asked(operators(), "installation=9")->installation, InstallationId(9));
  for (const std::string_view query :
       {"installation=9&repo=acme/widgets", "installation=0", "installation=-1", "installation=x",
        "installation=", "installation=99999999999999999999"}) {
    EXPECT_EQ(asked(operators(), query).error().code(), ErrorCode::kInvalidRequest) << query;
  }
}

TEST(TokenQuery, HoldsTheOperatorToThePermissionsThatAreConfigured) {
  const TokenTerms narrowed = operators(cut(std::nullopt, "contents:write,issues:read"));
  EXPECT_EQ(permissions(*asked(narrowed, "")), "contents:write,issues:read");
  EXPECT_EQ(permissions(*asked(narrowed, "permissions=issues:read")), "issues:read");
  EXPECT_EQ(asked(narrowed, "permissions=issues:write").error().code(), ErrorCode::kForbidden);
}

TEST(TokenQuery, GivesASessionWhatOneRuleAllows) {
  const Result<AllowedToken> all = token_ask(session(), "repo=acme/widgets");
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_EQ(permissions(all->ask), "contents:read,packages:write");
  EXPECT_EQ(all->decision.rule, "builders");
  EXPECT_EQ(permissions(*asked(session(), "repo=acme/a&repo=acme/b&permissions=contents:read")),
            "contents:read");
  EXPECT_EQ(asked(session(), "").error().message(), "say for which repository: repo=owner/name");
}

TEST(TokenQuery, AsksForATokenThatEndsWhenItsRuleSays) {
  rules::Allowance brief = rules::may_have("contents:read");
  brief.ttl = 15min;
  const rules::Rule rule = rules::rule_of("builders", rules::who_of("ci", {}), {"acme/*"}, {brief});
  const SomePrincipal who({},
                          rules::Grant::of(*rules::RuleBook::make({rule}, {}), rules::caller_of("ci", {})));
  const TokenTerms terms(who, who.grant(auth::Authority(everything())), kHost);
  EXPECT_EQ(asked(terms, "repo=acme/widgets")->life, 15min);
  EXPECT_EQ(asked(terms, "repo=acme/widgets&min_ttl=15m")->life, 15min);
  EXPECT_EQ(asked(session(), "repo=acme/widgets")->life, std::nullopt);
  const Result<TokenAsk> too_much = asked(terms, "repo=acme/widgets&min_ttl=16m");
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code(), ErrorCode::kInvalidRequest);
  EXPECT_EQ(too_much.error().message(),
            "rule \"builders\" ends its tokens after 15m: min_ttl cannot be more");
}

TEST(TokenQuery, TellsASessionWhichRuleWasMissing) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"repo=acme/secrets", "no rule for this caller is about acme/secrets"},
      {"repo=other/widgets", "no rule for this caller is about other/widgets"},
      {"repo=acme/widgets&permissions=contents:write",
       "rule \"builders\" gives tokens for acme/widgets, but none with contents:write"},
      {"repo=acme/widgets&host=ghe.example.com", "no rule for this caller is about ghe.example.com"},
      {"installation=7&repo=acme/widgets", "installation= is for operators"},
  };
  for (const auto& [query, message] : rows) {
    const Result<TokenAsk> ask = asked(session(), query);
    ASSERT_FALSE(ask) << query;
    EXPECT_EQ(ask.error().code(), ErrorCode::kForbidden) << query;
    EXPECT_EQ(ask.error().message(), message);
  }
}

}  // namespace
}  // namespace hubwarden::delivery
