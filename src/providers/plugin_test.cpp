#include "providers/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "providers/provider_fixture.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::providers {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kPlugins = HUBWARDEN_TEST_PLUGINS "/";

using Options = std::vector<std::pair<std::string, std::string>>;

Result<std::shared_ptr<Plugin>> load(const std::string& path, Options options = {}) {
  PluginSpec spec("team", path);
  spec.options = std::move(options);
  return Plugin::load(std::move(spec));
}

std::shared_ptr<Plugin> scripted(const std::string& what, Options more = {}) {
  more.emplace_back("do", what);
  Result<std::shared_ptr<Plugin>> plugin = load(kPlugins + "scripted.so", std::move(more));
  if (!plugin) ADD_FAILURE() << plugin.error().message();
  return *plugin;
}

Result<BootEnvironment> extended_by(const std::string& what, BootEnvironment before = {}) {
  return scripted(what)->extend(std::move(before), agent_7());
}

TEST(Plugin, SaysWhyItCannotBeLoaded) {
  const test::TemporaryDirectory directory;
  const std::string text = directory / "text.so";
  std::ofstream(text) << "this is not a shared object\n";
  const std::string open_to_all = directory / "open.so";
  std::filesystem::copy_file(kPlugins + "scripted.so", open_to_all);
  chmod(open_to_all.c_str(), 0777);
  const std::pair<std::string, std::string> rows[] = {
      {directory / "none.so", "No such file"},
      {directory.path(), "not a file"},
      {text, "cannot be loaded: "},
      {open_to_all, "anybody may write to it"},
      {kPlugins + "no_symbol.so", "no symbol hubwarden_plugin_entry"},
      {kPlugins + "wrong_abi.so", "its plugin ABI is 42, hubwarden's is 1"},
      {kPlugins + "declines.so", "cannot work with this hubwarden"},
      {kPlugins + "short_table.so", "its table of functions is too short"},
      {kPlugins + "does_nothing.so", "neither variables nor tokens"},
      {kPlugins + "throws_in_entry.so", "it threw an exception"},
  };
  for (const auto& [path, why] : rows) {
    const Result<std::shared_ptr<Plugin>> plugin = load(path);
    ASSERT_FALSE(plugin) << path;
    EXPECT_THAT(plugin.error().message(), AllOf(HasSubstr("plugin 'team' (" + path + "): "), HasSubstr(why)));
    EXPECT_EQ(plugin.error().fix(), Fix::kOperator);
  }
}

TEST(Plugin, SaysWhyItDoesNotOpen) {
  const std::pair<std::string, std::string> rows[] = {{"fail in open", "option 'file' is missing"},
                                                      {"throw in open", "it threw an exception"}};
  for (const auto& [what, why] : rows) {
    const Result<std::shared_ptr<Plugin>> plugin = load(kPlugins + "scripted.so", {{"do", what}});
    ASSERT_FALSE(plugin) << what;
    EXPECT_THAT(plugin.error().message(), AllOf(HasSubstr(why), Not(HasSubstr("nobody may see"))));
  }
  EXPECT_THAT(load(kPlugins + "no_options.so", {{"a", "b"}}).error().message(),
              HasSubstr("it takes no options"));
  PluginSpec without_tokens("team", kPlugins + "no_options.so");
  without_tokens.hosts = {"github.com"};
  EXPECT_THAT(Plugin::load(std::move(without_tokens)).error().message(), HasSubstr("it has no tokens"));
}

TEST(Plugin, SeesTheWorkspaceAndWhatWasThereAndAddsToIt) {
  BootEnvironment before;
  ASSERT_TRUE(before.set("SEEN", Secret("earlier")));
  ASSERT_TRUE(before.set("KEPT", Secret("")));
  const Result<BootEnvironment> after = extended_by("describe", std::move(before));
  ASSERT_TRUE(after) << after.error().message();
  EXPECT_EQ(after->find("SEEN"), "earlier, agent-7 acme/gadgets acme/widgets contents:write issues:read");
  EXPECT_EQ(after->find("KEPT"), "");
}

TEST(Plugin, MayTakeAVariableAway) {
  BootEnvironment before;
  ASSERT_TRUE(before.set("GONE", Secret("x")));
  const Result<BootEnvironment> after =
      scripted("unset", {{"name", "GONE"}})->extend(std::move(before), agent_7());
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->variables().empty());
}

TEST(Plugin, FailsInWordsWhateverItDoes) {
  const std::pair<std::string, std::string> rows[] = {
      {"throw", "it threw an exception"},
      {"throw a number", "it threw an exception"},
      {"fail", "the vault is sealed[2J"},
      {"repeat a token", "not with [token]"},
      {"fail without a word", "did not say why"},
      {"return nonsense", "unknown status 77"},
      {"claim to be refused", "unknown status 4"},
      {"never end a message", "xxxx"},
      {"set a bad name", "'A=B' is no name"},
      {"set a name with NUL", "'AB' is no name"},
      {"set no name", "'' is no name"},
      {"set a value with NUL", "value of A is not UTF-8 without NUL"},
      {"set a value that is not UTF-8", "value of A is not UTF-8 without NUL"},
      {"set a huge value", "too long"},
      {"set too many", "more than 256 variables"},
      {"set too much", "larger than 256 KiB"},
  };
  for (const auto& [what, why] : rows) {
    const Result<BootEnvironment> after = extended_by(what);
    ASSERT_FALSE(after) << what;
    EXPECT_THAT(after.error().message(), HasSubstr(why));
    EXPECT_THAT(after.error().message(), Not(HasSubstr("nobody may see")));
    EXPECT_EQ(after.error().code(), ErrorCode::kUnavailable) << what;
    EXPECT_EQ(after.error().fix(), Fix::kOperator) << what;
  }
  EXPECT_EQ(extended_by("be away").error().fix(), Fix::kWait);
}

TEST(Plugin, MayThrowWhenItIsClosed) {
  EXPECT_TRUE(scripted("describe", {{"throws in close", "yes"}})->extend({}, agent_7()));
}

TEST(Plugin, IsToldWhatATokenIsWantedFor) {
  const Result<ProvidedToken> token =
      scripted("repeat the wish", {{"expires_at", "1800000060"}})
          ->token(wish_of("ghe.example.com", std::chrono::milliseconds(1500)));
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->value.reveal(), "tok_ghe.example.com_acme/widgets_contents:read_2");
  EXPECT_EQ(token->expires_at, kNow + std::chrono::seconds(60));
  const Result<ProvidedToken> endless = scripted("give")->token(wish_of("github.com"));
  EXPECT_EQ(endless->expires_at, TimePoint::max());
}

TEST(Plugin, GivesNoTokenThatCannotBeOne) {
  const std::pair<std::string, std::string> rows[] = {
      {"throw", "it threw an exception"},
      {"give nothing", "no token and no error"},
      {"give two", "two tokens"},
      {"give an empty one", "its token is empty"},
      {"give a quote", "its token is empty"},
      {"give a long one", "its token is empty"},
      {"give no time", "no possible time"},
      {"give the end of time", "no possible time"},
  };
  for (const auto& [what, why] : rows) {
    const Result<ProvidedToken> token = scripted(what)->token(wish_of("github.com"));
    ASSERT_FALSE(token) << what;
    EXPECT_THAT(token.error().message(), HasSubstr(why));
  }
  EXPECT_EQ(scripted("decline")->token(wish_of("github.com")).error().code(), ErrorCode::kNotConfigured);
}

}  // namespace
}  // namespace hubwarden::providers
