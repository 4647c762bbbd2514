#include "providers/github_app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "providers/provider_fixture.h"
#include "tests/support/fake_upstream.h"

namespace hubwarden::providers {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class GitHubAppTest : public ::testing::Test {
 protected:
  GitHubAppTest() {
    engine.teach(lookup.learner());
    settings.url = "https://hubwarden.example.com";
    settings.hosts = {"github.com"};
  }

  Result<BootEnvironment> boot() {
    GitHubApp app(service, settings);
    BootEnvironment before;
    EXPECT_TRUE(before.set("KEPT", Secret("x")));
    return time.run(app.add_to(std::move(before), agent_7(), time.clock().steady_now() + 30s));
  }
  std::string value(std::string_view name) { return std::string(boot()->find(name).value_or("(not set)")); }

  testing::VirtualTime time{kNow};
  SeededRandom random{1};
  testing::FakeUpstream github{time};
  tokens::Alone alone;
  tokens::EngineEvents events;
  tokens::TokenEngine engine{{time.clock(), time, random, github, alone, events}, tokens::EngineOptions{}};
  tokens::NoSharedPlaces places;
  tokens::Lookup lookup{
      {time.clock(), time, random, github, places}, {tokens::AppRef("github.com", "1")}, 1000};
  tokens::TokenService service{time.clock(), time, {{lookup, engine, github}}, nullptr};
  GitHubAppSettings settings;
};

TEST_F(GitHubAppTest, NamesHubwardenAndTheWorkspaceAndNoToken) {
  const Result<BootEnvironment> environment = boot();
  ASSERT_TRUE(environment) << environment.error().message();
  EXPECT_EQ(environment->variables().size(), 3U);
  EXPECT_EQ(environment->find("KEPT"), "x");
  EXPECT_EQ(environment->find("HUBWARDEN_URL"), "https://hubwarden.example.com");
  EXPECT_EQ(environment->find("HUBWARDEN_WORKSPACE"), "agent-7");
  EXPECT_EQ(github.mints, 0);
}

TEST_F(GitHubAppTest, NamesTheHelpersFilesWhereTheyAreKnown) {
  settings.token_file = "/run/hubwarden/token";
  settings.credential_config = "/etc/hubwarden/credential";
  EXPECT_EQ(value("HUBWARDEN_WORKSPACE_TOKEN_FILE"), "/run/hubwarden/token");
  EXPECT_EQ(value("HUBWARDEN_CREDENTIAL_CONFIG"), "/etc/hubwarden/credential");
}

TEST_F(GitHubAppTest, InjectsATokenWithSomeLifeWhenItIsToldTo) {
  settings.inject_token = true;
  const std::string first = value("GH_TOKEN");
  EXPECT_EQ(first, github.issued.at(0)->reveal());
  EXPECT_EQ(value("GITHUB_TOKEN"), first);
  time.advance(31min);
  const std::string second = value("GH_TOKEN");
  EXPECT_EQ(second, github.issued.at(1)->reveal()) << "half an hour of the first was over";
  EXPECT_EQ(github.mints, 2);
}

TEST_F(GitHubAppTest, FailsWhenThereIsNothingToTell) {
  settings.url.clear();
  EXPECT_THAT(boot().error().message(), HasSubstr("env.url"));
  settings.url = "https://hubwarden.example.com";
  settings.inject_token = true;
  github.mint_error = Error(ErrorCode::kInstallationSuspended, "suspended");
  EXPECT_EQ(boot().error().code(), ErrorCode::kInstallationSuspended);
}

TEST_F(GitHubAppTest, HasTokensForTheHostsOfItsApps) {
  GitHubApp app(service, settings);
  EXPECT_EQ(app.token_provider(), &app);
  EXPECT_TRUE(app.has_tokens_for("github.com"));
  EXPECT_FALSE(app.has_tokens_for("github.example.com"));
  const SteadyPoint deadline = time.clock().steady_now() + 30s;
  const Result<ProvidedToken> token = time.run(app.token(wish_of("github.com"), deadline));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->value.reveal(), github.issued.at(0)->reveal());
  EXPECT_EQ(token->expires_at, github.issued.at(0)->expires_at());
}

}  // namespace
}  // namespace hubwarden::providers
