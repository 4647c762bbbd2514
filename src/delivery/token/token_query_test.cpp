#include "delivery/token/token_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::delivery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tokens::TokenAsk;

const std::vector<policy::Repository> kOwn = {*policy::Repository::parse("acme/widgets"),
                                              *policy::Repository::parse("acme/gadgets")};
const policy::PermissionSet kMay = *policy::PermissionSet::parse("contents:write,issues:read");

TokenGrant workspace() {
  TokenGrant grant;
  grant.host = "github.com";
  grant.repositories = kOwn;
  grant.permissions = &kMay;
  return grant;
}

TokenGrant operators() {
  TokenGrant grant;
  grant.host = "github.com";
  grant.installation = InstallationId(7);
  return grant;
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
    const Result<TokenAsk> ask = token_ask(workspace(), row.query);
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
    const Result<TokenAsk> ask = token_ask(workspace(), query);
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
    for (const TokenGrant& grant : {workspace(), operators()}) {
      const Result<TokenAsk> ask = token_ask(grant, query);
      ASSERT_FALSE(ask.has_value()) << query;
      EXPECT_EQ(ask.error().code(), ErrorCode::kInvalidRequest) << query;
    }
  }
  EXPECT_FALSE(token_ask(workspace(), "host=" + std::string(300, 'a')).has_value());
}

TEST(TokenQuery, TakesAWishForLifeUpToFiftyFiveMinutes) {
  EXPECT_EQ(token_ask(workspace(), "")->min_ttl, 0s);
  EXPECT_EQ(token_ask(workspace(), "min_ttl=0s")->min_ttl, 0s);
  EXPECT_EQ(token_ask(workspace(), "min_ttl=20m")->min_ttl, 20min);
  EXPECT_EQ(token_ask(workspace(), "min_ttl=55m")->min_ttl, 55min);
}

TEST(TokenQuery, NamesAnotherHostInLowerCase) {
  EXPECT_EQ(token_ask(workspace(), "host=GitHub.Example.com:8443")->host, "github.example.com:8443");
}

TEST(TokenQuery, GivesTheOperatorTheConfiguredInstallation) {
  const Result<TokenAsk> ask = token_ask(operators(), "");
  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(ask->installation, InstallationId(7));
  EXPECT_EQ(names(*ask), "");
  EXPECT_EQ(permissions(*ask), "all");
  EXPECT_EQ(token_ask(operators(), "host=GITHUB.com")->installation, InstallationId(7));
}

TEST(TokenQuery, TakesTheConfiguredInstallationForNoOtherHost) {
  EXPECT_EQ(token_ask(operators(), "host=github.example.com")->installation, std::nullopt);
  EXPECT_EQ(token_ask(operators(), "host=github.example.com&installation=9")->installation,
            InstallationId(9));
}

TEST(TokenQuery, GivesTheOperatorAnyRepositoryOrInstallationButNotBothAtOnce) {
  const Result<TokenAsk> by_name = token_ask(operators(), "repo=rival/secrets&permissions=contents:admin");
  EXPECT_EQ(names(*by_name), "rival/secrets ");
  EXPECT_EQ(permissions(*by_name), "contents:admin");
  EXPECT_EQ(by_name->installation, std::nullopt);
  EXPECT_EQ(token_ask(operators(), "installation=9")->installation, InstallationId(9));
  for (const std::string_view query :
       {"installation=9&repo=acme/widgets", "installation=0", "installation=-1", "installation=x",
        "installation=", "installation=99999999999999999999"}) {
    EXPECT_EQ(token_ask(operators(), query).error().code(), ErrorCode::kInvalidRequest) << query;
  }
}

TEST(TokenQuery, HoldsTheOperatorToThePermissionsThatAreConfigured) {
  TokenGrant narrowed = operators();
  narrowed.permissions = &kMay;
  EXPECT_EQ(permissions(*token_ask(narrowed, "")), "contents:write,issues:read");
  EXPECT_EQ(permissions(*token_ask(narrowed, "permissions=issues:read")), "issues:read");
  EXPECT_EQ(token_ask(narrowed, "permissions=issues:write").error().code(), ErrorCode::kForbidden);
}

}  // namespace
}  // namespace hubwarden::delivery
