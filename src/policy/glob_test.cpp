#include "policy/glob.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/random.h"

namespace hubwarden::policy {
namespace {

Attributes known() {
  Attributes attributes;
  attributes.add("service_account", "review-bot");
  attributes.add("repository", "Acme/Widgets");
  attributes.add("odd", "a*b{c}");
  attributes.add("groups", "a");
  attributes.add("groups", "b");
  return attributes;
}

bool matches(std::string_view pattern, std::string_view value, Glob::Case how = Glob::Case::kAsItIs) {
  const Result<Glob> glob = Glob::parse(pattern, how);
  EXPECT_TRUE(glob) << pattern << ": " << glob.error().message();
  return glob && glob->matches(value, known());
}

TEST(Glob, MatchesTheWholeValue) {
  const struct {
    std::string_view pattern, value;
    bool matches;
  } cases[] = {
      {"main", "main", true},
      {"main", "mains", false},
      {"main", "Main", false},
      {"main", "", false},
      {"*", "", true},
      {"*", "main", true},
      {"*", "a/b", false},
      {"**", "", true},
      {"**", "a/b/c", true},
      {"acme/*", "acme/widgets", true},
      {"acme/*", "acme/", true},
      {"acme/*", "acme/a/b", false},
      {"acme/*", "acme2/widgets", false},
      {"acme/*", "evil/acme/widgets", false},
      {"acme/**", "acme/a/b", true},
      {"*/widgets", "acme/widgets", true},
      {"**/widgets", "a/b/widgets", true},
      {"**/widgets", "widgets", false},
      {"refs/heads/*", "refs/heads/main", true},
      {"refs/heads/*", "refs/heads/feature/x", false},
      {"refs/heads/**", "refs/heads/feature/x", true},
      {"review-*", "review-bot", true},
      {"review-*", "review", false},
      {"*-bot-*", "review-bot-1", true},
      {"*-bot-*", "a-bot-bot-", true},
      {"a*b*c", "abbbc", true},
      {"a*b*c", "a/b/c", false},
      {"a**b*c", "a/b/c", false},
      {"a**b**c", "a/b/c", true},
      {"**a*b", "xa/ab", true},
      {"**a/*b", "a/xa/ab", true},
      {"*.yml@refs/heads/**", "build.yml@refs/heads/a/b", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(matches(c.pattern, c.value), c.matches) << c.pattern << " on " << c.value;
  }
}

TEST(Glob, TakesAnAttributeToTheLetter) {
  EXPECT_TRUE(matches("{repository}", "Acme/Widgets"));
  EXPECT_FALSE(matches("{repository}", "acme/widgets"));
  EXPECT_TRUE(matches("acme/{service_account}-*", "acme/review-bot-1"));
  EXPECT_FALSE(matches("acme/{service_account}-*", "acme/review-bots"));
  EXPECT_TRUE(matches("{odd}", "a*b{c}"));
  EXPECT_FALSE(matches("{odd}", "aXb{c}")) << "its star is a star";
  EXPECT_FALSE(matches("{unknown}", ""));
  EXPECT_FALSE(matches("{unknown}*", "x"));
  EXPECT_FALSE(matches("{groups}", "a")) << "one of several is none";
}

TEST(Glob, DisregardsCaseWhereNamesDo) {
  EXPECT_TRUE(matches("Acme/*", "aCME/Widgets", Glob::Case::kIgnored));
  EXPECT_TRUE(matches("{repository}", "acme/widgets", Glob::Case::kIgnored));
  EXPECT_TRUE(matches("ACME/widgets", "acme/Widgets", Glob::Case::kIgnored));
}

TEST(Glob, RefusesWhatLooksLikeAnotherKindOfPattern) {
  for (const std::string& text : std::initializer_list<std::string>{
           "", "a?", "[ab]", "a]", "a\\*", "***", "a****b", "{", "}", "a}b", "{}", "{a", "{a{b}}", "{a*}",
           "a\nb", "\xff", std::string("a\0", 2), "\1", std::string(Glob::kMaxBytes + 1, 'a')}) {
    const Result<Glob> glob = Glob::parse(text);
    ASSERT_FALSE(glob) << text;
    EXPECT_EQ(glob.error().code(), ErrorCode::kInvalidRequest);
  }
}

TEST(Glob, TellsAnIndexWhatItKnows) {
  EXPECT_TRUE(Glob::parse("acme/widgets")->is_literal());
  EXPECT_FALSE(Glob::parse("acme/*")->is_literal());
  EXPECT_EQ(Glob::parse("acme/*-x")->literal_beginning(), "acme/");
  EXPECT_EQ(Glob::parse("*x")->literal_beginning(), "");
  EXPECT_EQ(Glob::parse("{a}x")->literal_beginning(), "");
  EXPECT_EQ(Glob::parse("{a}-{b}-{a}")->attributes(), (std::vector<std::string>{"a", "b"}));
}

// What the rules of the header say, without any thought of speed.
bool plainly_matches(std::string_view pattern, std::string_view value) {
  if (pattern.empty()) return value.empty();
  const bool is_double = pattern.starts_with("**");
  if (pattern.front() == '*') {
    const std::string_view rest = pattern.substr(is_double ? 2 : 1);
    for (std::size_t taken = 0; taken <= value.size(); ++taken) {
      if (taken > 0 && !is_double && value[taken - 1] == '/') break;
      if (plainly_matches(rest, value.substr(taken))) return true;
    }
    return false;
  }
  return !value.empty() && value.front() == pattern.front() &&
         plainly_matches(pattern.substr(1), value.substr(1));
}

std::string some(SeededRandom& random, std::string_view alphabet, std::size_t most) {
  std::string text;
  for (std::size_t length = random.next() % (most + 1); length > 0; --length) {
    text += alphabet[random.next() % alphabet.size()];
  }
  return text;
}

TEST(Glob, AgreesWithItsRulesOnWhateverThereIs) {
  SeededRandom random(7);
  int matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string pattern = some(random, "ab/**", 9);
    const std::string value = some(random, "ab/", 9);
    const Result<Glob> glob = Glob::parse(pattern);
    if (!glob) continue;
    const bool is_match = plainly_matches(pattern, value);
    matched += is_match ? 1 : 0;
    ASSERT_EQ(glob->matches(value, Attributes()), is_match) << pattern << " on " << value;
  }
  EXPECT_GT(matched, 1000);
}

}  // namespace
}  // namespace hubwarden::policy
