#include "apps/hubwarden/helper_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::apps {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::vector<std::string>;

constexpr std::string_view kHost = "https://github.com";
constexpr std::string_view kOurs = "/usr/bin/git-credential-hubwarden --config /etc/c";

ConfigEntry entry(std::string key, std::string value) {
  return {"", "", std::move(key), std::move(value)};
}

TEST(ConfigList, IsReadWithAndWithoutOrigin) {
  const auto plain =
      parse_config_list("credential.helper\nstore\0core.bare\0a.b\n\0"s, ConfigListing::kPlain);
  ASSERT_EQ(plain.size(), 3U);
  EXPECT_EQ(plain[0].key, "credential.helper");
  EXPECT_EQ(plain[0].value, "store");
  EXPECT_EQ(plain[1].key, "core.bare");
  EXPECT_EQ(plain[2].value, "");
  const auto full = parse_config_list("global\0file:/h/.gitconfig\0a.b\nc\nd\0"s, ConfigListing::kWithOrigin);
  ASSERT_EQ(full.size(), 1U);
  EXPECT_EQ(full[0].scope, "global");
  EXPECT_EQ(full[0].origin, "file:/h/.gitconfig");
  EXPECT_EQ(full[0].value, "c\nd");
}

TEST(HelperChain, HoldsGeneralAndHostHelpersInOrder) {
  EXPECT_THAT(helper_chain({entry("credential.helper", "store"), entry("user.name", "x"),
                            entry("credential.https://github.com.helper", "one"),
                            entry("credential.https://gitlab.com.helper", "other"),
                            entry("credential.https://github.com/.helper", "two"),
                            entry("credential.github.com.helper", "three")},
                           kHost),
              ElementsAre("store", "one", "two", "three"));
}

TEST(HelperChain, StartsAnewAtAnEmptyValue) {
  EXPECT_THAT(
      helper_chain({entry("credential.helper", "store"), entry("credential.https://github.com.helper", ""),
                    entry("credential.https://github.com.helper", "mine")},
                   kHost),
      ElementsAre("mine"));
}

TEST(HelperChain, KnowsHubwardenHoweverItIsCalled) {
  for (const auto* helper :
       {"hubwarden", "hubwarden --config /x", "/opt/bin/git-credential-hubwarden",
        "!/opt/git-credential-hubwarden --config '/a b'", "!'/a b/git-credential-hubwarden' --config /c"}) {
    EXPECT_TRUE(is_hubwarden(helper)) << helper;
  }
  for (const auto* helper : {"store", "", "!echo hubwarden", "/usr/bin/git-credential-hubwarden-old"}) {
    EXPECT_FALSE(is_hubwarden(helper)) << helper;
  }
}

TEST(HelperChain, ShowsTheProgramAndNothingOfItsLine) {
  EXPECT_EQ(helper_name("store --file /x"), "store");
  EXPECT_EQ(helper_name("!gh auth git-credential"), "gh");
  EXPECT_EQ(helper_name("'/a b/helper' --password x"), "helper");
  for (const auto* shell :
       {"!f() { echo password=x; }; f", "!PASSWORD=x helper", "!\"$HOME\"", "!", "!'", "/"}) {
    EXPECT_EQ(helper_name(shell), "a shell command") << shell;
  }
}

TEST(HelperChain, KnowsHelpersThatKeepPasswords) {
  for (const auto* helper :
       {"store", "store --file /x", "cache --timeout 5", "/usr/lib/git-core/git-credential-store"}) {
    EXPECT_TRUE(keeps_passwords(helper)) << helper;
  }
  EXPECT_FALSE(keeps_passwords("!gh auth git-credential"));
}

TEST(HelperChain, PutsOursFirstAndEverybodyElseBehindItOnce) {
  EXPECT_THAT(values_with(kOurs, {}), ElementsAre("", kOurs));
  EXPECT_THAT(values_with(kOurs, {"store", "hubwarden --config /old", "gh", "store"}),
              ElementsAre("", kOurs, "store", "gh"));
}

struct RoundTrip {
  Values outside;  // before the host's own section
  Values own;
};

class Undoing : public testing::TestWithParam<RoundTrip> {};

TEST_P(Undoing, GivesBackWhatWasThere) {
  const auto& [outside, own] = GetParam();
  std::vector<ConfigEntry> entries;
  for (const std::string& helper : outside) entries.push_back(entry("credential.helper", helper));
  for (const std::string& helper : own) entries.push_back(entry(helper_key(kHost), helper));
  const Values installed = values_with(kOurs, helper_chain(entries, kHost));
  const Values undone = values_without_hubwarden(installed, outside);
  // What git would ask is the same; a duplicate in the file itself need not come back.
  std::vector<ConfigEntry> after;
  for (const std::string& helper : outside) after.push_back(entry("credential.helper", helper));
  for (const std::string& helper : undone) after.push_back(entry(helper_key(kHost), helper));
  EXPECT_EQ(helper_chain(after, kHost), helper_chain(entries, kHost));
}

INSTANTIATE_TEST_SUITE_P(HelperChain, Undoing,
                         testing::Values(RoundTrip{{}, {}}, RoundTrip{{"store"}, {}}, RoundTrip{{}, {"gh"}},
                                         RoundTrip{{"store"}, {"gh"}}, RoundTrip{{"store"}, {"", "gh"}},
                                         RoundTrip{{"store", "cache"}, {"a", "b"}}));

TEST(HelperChain, LeavesValuesAloneThatAreNotOurs) {
  EXPECT_THAT(values_without_hubwarden({"", "gh"}, {"store"}), ElementsAre("", "gh"));
  EXPECT_THAT(values_without_hubwarden({}, {}), IsEmpty());
}

TEST(HelperLine, IsQuotedForTheShellOnlyWhenItMustBe) {
  EXPECT_EQ(helper_line("/usr/bin/git-credential-hubwarden", "/var/lib/agent/hubwarden/credential"),
            "/usr/bin/git-credential-hubwarden --config /var/lib/agent/hubwarden/credential");
  EXPECT_EQ(helper_line("/opt/my tools/h", "/it's;$(x)"), "!'/opt/my tools/h' --config '/it'\\''s;$(x)'");
}

TEST(HelperChain, ReadsTheWordsOfALineThatItWrote) {
  for (const std::string program :
       {"/usr/bin/git-credential-hubwarden", "/opt/it's here/git-credential-hubwarden"}) {
    for (const std::string settings : {"/etc/credential", "/home/a b/cre'dential", "/x/$HOME"}) {
      EXPECT_THAT(helper_words(helper_line(program, settings)), ElementsAre(program, "--config", settings));
    }
  }
  EXPECT_THAT(helper_words("hubwarden"), ElementsAre("hubwarden"));
  EXPECT_THAT(helper_words(""), ElementsAre());
}

}  // namespace
}  // namespace hubwarden::apps
