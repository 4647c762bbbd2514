#include "sandbox/world.h"

#include <gtest/gtest.h>

#include "tests/support/sandbox_world.h"

namespace hubwarden::sandbox {
namespace {

using namespace testing;

class WorldRules : public ::testing::Test {
 protected:
  SmallWorld small;
  World& world = small.world();
};

TEST_F(WorldRules, TakesNamesAsGitHubDoes) {
  for (const std::string_view login : {"a", "octo-cat", "octo_corp", "A1"})
    EXPECT_TRUE(world.add_account(login, false));
  for (const std::string_view login : {"", "-a", "a-", "a/b", "a b", "a.b", "ACME"}) {
    EXPECT_FALSE(world.add_account(login, false)) << login;
  }
  for (const std::string_view name : {"a", "a.b", ".github", "A_b-c"}) {
    EXPECT_TRUE(world.add_repository(small.acme, name, true, kStart)) << name;
  }
  for (const std::string_view name : {"", ".", "..", "a/b", "a b", "x.git", "WIDGETS", "a\n"}) {
    EXPECT_FALSE(world.add_repository(small.acme, name, true, kStart)) << name;
  }
}

TEST_F(WorldRules, FindsRepositoriesInAnyCase) {
  ASSERT_TRUE(world.repository("ACME", "Widgets"));
  EXPECT_EQ(world.repository("ACME", "Widgets")->id, small.widgets);
}

TEST_F(WorldRules, LeadsFromAnOldNameUntilItIsTaken) {
  ASSERT_TRUE(world.move_repository(small.widgets, small.acme, "gears"));
  EXPECT_FALSE(world.repository("acme", "widgets"));
  ASSERT_TRUE(world.moved("acme", "widgets"));
  EXPECT_EQ(world.moved("acme", "widgets")->id, small.widgets);
  ASSERT_TRUE(world.add_repository(small.acme, "widgets", true, kStart));
  EXPECT_FALSE(world.moved("acme", "widgets"));
}

TEST_F(WorldRules, LeadsOnThroughSeveralNames) {
  ASSERT_TRUE(world.move_repository(small.widgets, small.acme, "gears"));
  ASSERT_TRUE(world.move_repository(small.widgets, small.acme, "cogs"));
  EXPECT_EQ(world.moved("acme", "widgets")->id, small.widgets);
  EXPECT_EQ(world.moved("acme", "gears")->id, small.widgets);
  ASSERT_TRUE(world.move_repository(small.widgets, small.acme, "widgets"));
  EXPECT_TRUE(world.repository("acme", "widgets"));
}

TEST_F(WorldRules, LetsATransferLeaveTheSelection) {
  ASSERT_TRUE(world.select_repositories(small.installation, false, {small.widgets, small.gadgets}, kStart));
  ASSERT_TRUE(world.move_repository(small.widgets, small.rival, "widgets"));
  EXPECT_EQ(world.installation(small.installation)->selected, std::set<RepositoryId>{small.gadgets});
  EXPECT_FALSE(world.reaches(*world.installation(small.installation), *world.repository(small.widgets)));
}

TEST_F(WorldRules, RefusesANameThatIsTaken) {
  const Result<> moved = world.move_repository(small.widgets, small.acme, "Gadgets");
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(world.move_repository(small.widgets, small.acme, "Widgets"));
}

TEST_F(WorldRules, InstallsAnAppOncePerAccountAndOnItsOwnRepositories) {
  EXPECT_FALSE(
      world.add_installation(NewInstallation{small.app, small.acme, true, {}, std::nullopt}, kStart));
  EXPECT_FALSE(world.add_installation(
      NewInstallation{small.app, small.rival, false, {small.widgets}, std::nullopt}, kStart));
  EXPECT_TRUE(world.add_installation(
      NewInstallation{small.app, small.rival, false, {small.secrets}, std::nullopt}, kStart));
}

TEST_F(WorldRules, BoundsTheKeysOfAnApp) {
  for (std::size_t i = 1; i < World::kMaxKeys; ++i)
    ASSERT_TRUE(world.add_key(small.app, app_key().public_key()));
  EXPECT_FALSE(world.add_key(small.app, app_key().public_key()));
}

TEST_F(WorldRules, ForgetsInstallationsWithTheirApp) {
  ASSERT_TRUE(world.remove_app(small.app));
  EXPECT_FALSE(world.installation(small.installation));
}

TEST(RsaKey, IsShownAsGitHubShowsIt) {
  EXPECT_TRUE(app_key().private_pem().reveal().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
  EXPECT_TRUE(app_key().public_key().fingerprint().starts_with("SHA256:"));
  const auto again = KeyPair::from_private_pem(app_key().private_pem().reveal());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key().fingerprint(), app_key().public_key().fingerprint());
  EXPECT_FALSE(KeyPair::from_private_pem("nonsense"));
}

}  // namespace
}  // namespace hubwarden::sandbox
