#include "tokens/touched.h"

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using testing::permissions;
using testing::repository;

const AppRef kApp("github.com", "1");
const AppRef kOther("github.com", "2");
const InstallationId kHere(7);
const InstallationId kElsewhere(8);

policy::Owner owner(std::string_view name) {
  return *policy::Owner::parse(name);
}

PermissionSelection reading() {
  return PermissionSelection::of(permissions("contents:read"));
}

Scope scope_of(const AppRef& app, InstallationId installation, PermissionSelection permissions = reading()) {
  return {app, installation, RepositorySelection::all(), std::move(permissions)};
}

Scope scope_of_repositories(std::vector<RepositoryRef> repositories) {
  return {kApp, kHere, *RepositorySelection::of(std::move(repositories)), reading()};
}

TEST(TouchedInstallation, IsThatOfThatApp) {
  const Touched touched = Touched::installation({kApp}, kHere, {owner("acme")});
  EXPECT_TRUE(touched.token(scope_of(kApp, kHere)));
  EXPECT_FALSE(touched.token(scope_of(kApp, kElsewhere)));
  EXPECT_FALSE(touched.token(scope_of(kOther, kHere)));
  EXPECT_TRUE(touched.failed_mint(scope_of(kApp, kHere), ErrorCode::kInstallationSuspended));
  EXPECT_TRUE(touched.mint_under_way(scope_of(kApp, kHere)));
  EXPECT_FALSE(touched.mint_under_way(scope_of(kApp, kElsewhere)));
}

TEST(TouchedInstallation, MeansEveryNameOfItsOwnerAndNoOtherName) {
  const Touched touched = Touched::installation({kApp}, kHere, {owner("Acme"), owner("former")});
  EXPECT_TRUE(touched.mapping("acme/widgets", kApp, kHere, std::nullopt));
  EXPECT_TRUE(touched.mapping("acme/widgets", kApp, kElsewhere, std::nullopt)) << "installed anew";
  EXPECT_TRUE(touched.mapping("other/widgets", kApp, kHere, std::nullopt))
      << "found by the old name of its owner";
  EXPECT_FALSE(touched.mapping("acme/widgets", kOther, kHere, std::nullopt)) << "another App's";
  EXPECT_FALSE(touched.mapping("acme-labs/widgets", kApp, kElsewhere, std::nullopt));
  EXPECT_TRUE(touched.failed_look_up("former/widgets", ErrorCode::kAppNotInstalled));
  EXPECT_FALSE(touched.failed_look_up("acme-labs/widgets", ErrorCode::kAppNotInstalled));
  EXPECT_TRUE(touched.look_up_under_way("acme/widgets"));
  EXPECT_FALSE(touched.look_up_under_way("acm/widgets"));
}

TEST(TouchedInstallation, MayBeThatOfEveryQuestionWhenItsOwnerIsNotTold) {
  EXPECT_TRUE(Touched::installation({kApp}, kHere, {}).look_up_under_way("acme/widgets"));
}

TEST(Touched, LeavesRateLimitsAlone) {
  const Touched installation = Touched::installation({kApp}, kHere, {owner("acme")});
  EXPECT_FALSE(installation.failed_mint(scope_of(kApp, kHere), ErrorCode::kRateLimited));
  EXPECT_FALSE(installation.failed_look_up("acme/widgets", ErrorCode::kRateLimited));
  const Touched moved = Touched::repository(RepositoryId(42), {repository("acme/widgets")});
  EXPECT_FALSE(moved.failed_look_up("acme/widgets", ErrorCode::kRateLimited));
}

TEST(TouchedGrants, AreThoseOfTokensThatHaveWhateverIsGrantedAndOfMintsThatLackedOne) {
  const Touched touched = Touched::grants({kApp}, kHere);
  const Scope all = scope_of(kApp, kHere, PermissionSelection::all_granted());
  EXPECT_TRUE(touched.token(all));
  EXPECT_FALSE(touched.token(scope_of(kApp, kHere)));
  EXPECT_FALSE(touched.token(scope_of(kApp, kElsewhere, PermissionSelection::all_granted())));
  EXPECT_TRUE(touched.failed_mint(scope_of(kApp, kHere), ErrorCode::kPermissionNotGranted));
  EXPECT_FALSE(touched.failed_mint(scope_of(kApp, kHere), ErrorCode::kUpstreamUnavailable));
  EXPECT_FALSE(touched.mapping("acme/widgets", kApp, kHere, std::nullopt));
  EXPECT_FALSE(touched.failed_look_up("acme/widgets", ErrorCode::kAppNotInstalled));
}

TEST(TouchedRepository, IsKnownByItsNumberAndByAllItsNames) {
  const Touched touched =
      Touched::repository(RepositoryId(42), {repository("acme/gears"), repository("acme/widgets")});
  const RepositoryRef by_number(repository("acme/odd"), RepositoryId(42));
  const RepositoryRef by_name(repository("Acme/Widgets"), std::nullopt);
  const RepositoryRef other(repository("acme/tools"), RepositoryId(43));
  EXPECT_TRUE(touched.token(scope_of_repositories({by_number})));
  EXPECT_TRUE(touched.token(scope_of_repositories({other, by_name})));
  EXPECT_FALSE(touched.token(scope_of_repositories({other})));
  EXPECT_FALSE(touched.token(scope_of(kApp, kHere))) << "a token for all repositories is still one";
  EXPECT_TRUE(touched.failed_mint(scope_of_repositories({by_name}), ErrorCode::kAppNotInstalled));
  EXPECT_TRUE(touched.mapping("acme/gears", kApp, kHere, std::nullopt));
  EXPECT_TRUE(touched.mapping("acme/older", kOther, kElsewhere, RepositoryId(42)));
  EXPECT_FALSE(touched.mapping("acme/tools", kApp, kHere, RepositoryId(43)));
  EXPECT_TRUE(touched.failed_look_up("acme/gears", ErrorCode::kAppNotInstalled));
  EXPECT_FALSE(touched.failed_look_up("acme/tools", ErrorCode::kAppNotInstalled));
}

}  // namespace
}  // namespace hubwarden::tokens
