#include "rules/repository_patterns.h"

#include <gtest/gtest.h>

#include "rules/rules_fixture.h"

namespace hubwarden::rules {
namespace {

bool match(const std::vector<std::string>& patterns, std::string_view name, Attributes attributes = {}) {
  const Result<RepositoryPatterns> parsed = RepositoryPatterns::parse(patterns);
  EXPECT_TRUE(parsed);
  return parsed && parsed->match(repository(name), caller_of("a", attributes).attributes);
}

TEST(RepositoryPatterns, MatchWhatOneWantsAndNoneTakesAway) {
  EXPECT_TRUE(match({"acme/*"}, "acme/widgets"));
  EXPECT_TRUE(match({"acme/*"}, "ACME/Widgets"));
  EXPECT_FALSE(match({"acme/*"}, "acme-evil/widgets"));
  EXPECT_FALSE(match({"acme/*", "!acme/secrets-*"}, "acme/secrets-prod"));
  EXPECT_FALSE(match({"!acme/secrets-*", "acme/*"}, "acme/SECRETS-prod")) << "whatever the order";
  EXPECT_TRUE(match({"acme/*", "!acme/secrets-*"}, "acme/widgets"));
  EXPECT_TRUE(match({"**"}, "acme/widgets"));
  EXPECT_FALSE(match({"!acme/*"}, "other/widgets")) << "nothing is wanted";
  EXPECT_FALSE(match({}, "acme/widgets"));
}

TEST(RepositoryPatterns, TakeTheCallersOwn) {
  EXPECT_TRUE(match({"{repository}"}, "acme/widgets", {{"repository", "Acme/Widgets"}}));
  EXPECT_FALSE(match({"{repository}"}, "acme/gadgets", {{"repository", "acme/widgets"}}));
  EXPECT_FALSE(match({"{repository}"}, "acme/widgets"));
  EXPECT_TRUE(match({"acme/*", "!acme/{team}-*"}, "acme/b-x", {{"team", "a"}}));
  EXPECT_FALSE(match({"acme/*", "!acme/{team}-*"}, "acme/a-x", {{"team", "a"}}));
  EXPECT_FALSE(match({"acme/*", "!acme/{team}-*"}, "acme/b-x")) << "what is taken away is not known";
}

TEST(RepositoryPatterns, RefuseWhatMatchesNoName) {
  for (const std::string text :
       {"", "!", "acme", "*", "acme/widgets/x", "acme/[ab]", "!!acme/x/y", "/", "acme/", "/widgets"}) {
    EXPECT_FALSE(RepositoryPatterns::parse({text})) << text;
  }
}

}  // namespace
}  // namespace hubwarden::rules
