#include "policy/names.h"

#include <gmock/gmock.h>

#include <string>

#include "base/random.h"
#include "policy/repository_list.h"
#include "policy/workspace_id.h"

namespace hubwarden::policy {
namespace {

using std::string_literals::operator""s;

TEST(Owner, IsShownAsGivenAndComparedInLowerCase) {
  const auto owner = Owner::parse("Octo-Org").value();
  EXPECT_EQ(owner.shown(), "Octo-Org");
  EXPECT_EQ(owner.key(), "octo-org");
  EXPECT_EQ(owner, Owner::parse("octo-ORG").value());
}

TEST(Owner, TakesTheNamesOfGitHub) {
  for (const std::string& text : {"a"s, "7"s, "a-b-c"s, "octocat_acme"s, "a_"s, std::string(39, 'x')}) {
    EXPECT_TRUE(Owner::parse(text)) << text;
  }
}

TEST(Owner, RefusesEverythingElse) {
  for (const std::string& text :
       {""s, "-a"s, "a-"s, "a--b"s, "_a"s, "a b"s, "a.b"s, ".."s, "a/b"s, "a%2fb"s, "a\nb"s, "a\0"s,
        "\xc3\xa4"s, "a?"s, "a#"s, "a:b"s, "a@b"s, std::string(40, 'x')}) {
    const auto owner = Owner::parse(text);
    ASSERT_FALSE(owner) << text;
    EXPECT_EQ(owner.error().code(), ErrorCode::kInvalidRequest);
  }
}

TEST(Repository, DropsOneGitSuffix) {
  for (const char* text : {"Acme/Widgets", "Acme/Widgets.git", "Acme/Widgets.GIT"}) {
    const auto repository = Repository::parse(text).value();
    EXPECT_EQ(repository.shown(), "Acme/Widgets");
    EXPECT_EQ(repository.key(), "acme/widgets");
    EXPECT_EQ(repository.owner().key(), "acme");
    EXPECT_EQ(repository.name(), "Widgets");
  }
}

TEST(Repository, IsComparedWithoutRegardToLetterCase) {
  const auto widgets = Repository::parse("acme/widgets").value();
  EXPECT_EQ(widgets.key(), "acme/widgets");
  EXPECT_EQ(widgets, Repository::parse("ACME/Widgets").value());
  EXPECT_LT(Repository::parse("Acme/Gadgets").value(), widgets);
}

TEST(Repository, KnowsWhetherAnotherIsOfTheSameOwner) {
  const auto widgets = Repository::parse("Acme/widgets").value();
  EXPECT_TRUE(widgets.shares_owner_with(Repository::parse("acmE/other").value()));
  for (const char* other : {"acm/widgets", "acme2/widgets", "acmf/widgets"}) {
    EXPECT_FALSE(widgets.shares_owner_with(Repository::parse(other).value())) << other;
  }
}

TEST(Repository, TakesTheNamesOfGitHub) {
  for (const std::string& text : {"a/b"s, "a/.github"s, "a/_"s, "a/-"s, "a/..."s, "a/git"s, "a/x.gitignore"s,
                                  "a/" + std::string(100, 'x'), "a/" + std::string(100, 'x') + ".git"}) {
    EXPECT_TRUE(Repository::parse(text)) << text;
  }
}

TEST(Repository, RefusesEverythingElse) {
  for (const std::string& text : {""s,
                                  "/"s,
                                  "a"s,
                                  "a/"s,
                                  "/b"s,
                                  "a/b/c"s,
                                  "a//b"s,
                                  "a/."s,
                                  "a/.."s,
                                  "a/..git"s,
                                  "a/...git"s,
                                  "a/.git"s,
                                  "a/b.git.git"s,
                                  "a/b/"s,
                                  "a/b "s,
                                  " a/b"s,
                                  "a/b\n"s,
                                  "a/b\0"s,
                                  "a/b?c"s,
                                  "a/b#c"s,
                                  "a/%2e%2e"s,
                                  "a\\b"s,
                                  "a/b\\c"s,
                                  "-/b"s,
                                  "a/\xc3\xa4"s,
                                  "https://github.com/a/b"s,
                                  "a/" + std::string(101, 'x')}) {
    EXPECT_FALSE(Repository::parse(text)) << text;
  }
}

TEST(Repository, SaysWhatItRefusedInPrintableForm) {
  const auto repository = Repository::parse("a/\x1b[31m\xff" + std::string(1000, 'x'));
  EXPECT_LT(repository.error().message().size(), 250U);
  EXPECT_EQ(repository.error().message().find('\x1b'), std::string::npos);
  EXPECT_EQ(repository.error().message().find('\xff'), std::string::npos);
}

// What was parsed is safe in a path and reads as itself again.
TEST(Repository, IsItselfAfterBeingShownAndParsed) {
  SeededRandom random(1);
  constexpr std::string_view kAlphabet = "aB9-_.gitGIT/%";
  int parsed = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text = "a/";
    for (auto length = random.below(10); length > 0; --length)
      text += kAlphabet[random.below(kAlphabet.size())];
    if (random.below(3) == 0) text += ".git";
    const auto repository = Repository::parse(text);
    if (!repository) continue;
    ++parsed;
    const auto again = Repository::parse(repository->shown());
    ASSERT_TRUE(again) << text;
    ASSERT_EQ(again->shown(), repository->shown());
    ASSERT_EQ(again->key(), repository->key());
    ASSERT_EQ(std::count(text.begin(), text.end(), '/'), 1) << text;
  }
  EXPECT_GT(parsed, 10'000);
}

TEST(RepositoryList, IsSortedAndKnowsItsMembersInAnyLetterCase) {
  constexpr std::string_view kTexts[] = {"b/Two", "A/one", "b/1"};
  const auto list = RepositoryList::parse(kTexts).value();
  ASSERT_EQ(list.items().size(), 3U);
  EXPECT_EQ(list.items()[0].shown(), "A/one");
  EXPECT_EQ(list.items()[1].shown(), "b/1");
  EXPECT_TRUE(list.contains(Repository::parse("B/two.git").value()));
  EXPECT_FALSE(list.contains(Repository::parse("b/three").value()));
  EXPECT_FALSE(list.contains(Repository::parse("c/one").value()));
}

TEST(RepositoryList, IsNeverEmptyNorHugeNorAmbiguous) {
  EXPECT_FALSE(RepositoryList::parse({}));
  constexpr std::string_view kTwice[] = {"a/b", "A/B.git"};
  EXPECT_FALSE(RepositoryList::parse(kTwice));
  constexpr std::string_view kBad[] = {"a/b", "a/*"};
  EXPECT_FALSE(RepositoryList::parse(kBad));
  std::vector<Repository> many;
  for (std::size_t i = 0; i < RepositoryList::kMaxSize; ++i) {
    many.push_back(Repository::parse("a/" + std::to_string(i)).value());
  }
  EXPECT_TRUE(RepositoryList::make(many));
  many.push_back(Repository::parse("a/one-too-many").value());
  EXPECT_FALSE(RepositoryList::make(many));
}

TEST(WorkspaceId, IsAPlainNameThatIsNoPath) {
  for (const std::string& text : {"a"s, "7"s, "team-a.agent_7"s, "A.."s, std::string(64, 'x')}) {
    EXPECT_EQ(WorkspaceId::parse(text).value().text(), text);
  }
  for (const std::string& text : {""s, "."s, ".."s, ".a"s, "-a"s, "_a"s, "a/b"s, "a b"s, "a\n"s, "a\0"s,
                                  "a%"s, "a:b"s, "\xc3\xa4"s, std::string(65, 'x')}) {
    const auto id = WorkspaceId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code(), ErrorCode::kInvalidRequest);
  }
}

}  // namespace
}  // namespace hubwarden::policy
