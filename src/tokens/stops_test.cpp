#include "tokens/stops.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace hubwarden::tokens {
namespace {

using store::Revocation;
using store::RevocationId;
using store::RevokedKind;

policy::Repository named(std::string_view name) {
  return *policy::Repository::parse(name);
}

Scope scope_for(std::vector<RepositoryRef> repositories, InstallationId installation = InstallationId(7),
                const AppRef& app = {"github.com", "1"}) {
  const auto permissions = PermissionSelection::of(*policy::PermissionSet::parse("contents:read"));
  auto selection =
      repositories.empty() ? RepositorySelection::all() : *RepositorySelection::of(std::move(repositories));
  return {app, installation, std::move(selection), permissions};
}

Revocation revocation(RevokedKind kind, std::string subject = "", std::uint64_t id = 1) {
  Revocation made(RevocationId(id), kind, std::move(subject), TimePoint());
  made.host = "github.com";
  return made;
}

class StopsTest : public ::testing::Test {
 protected:
  void stop(const Revocation& what) { stops.apply(what.id, what); }
  bool stops_names(std::string_view host, std::string_view name) const {
    const std::vector<policy::Repository> names = {named(name)};
    return stops.of(host, names).has_value();
  }

  Stops stops;
};

TEST_F(StopsTest, StopNothingThatWasNotRevoked) {
  EXPECT_TRUE(stops.is_quiet());
  EXPECT_FALSE(stops.of(scope_for({})));
  EXPECT_FALSE(stops_names("github.com", "acme/widgets"));
}

TEST_F(StopsTest, StopARepositoryByItsName) {
  stop(revocation(RevokedKind::kRepository, "Acme/Widgets"));
  EXPECT_TRUE(stops_names("github.com", "acme/widgets"));
  EXPECT_FALSE(stops_names("github.com", "acme/gadgets"));
  EXPECT_FALSE(stops_names("ghe.example.com", "acme/widgets"));
  EXPECT_TRUE(stops.of(scope_for({{named("acme/widgets"), std::nullopt}})));
  EXPECT_TRUE(
      stops.of(scope_for({{named("acme/gadgets"), std::nullopt}, {named("acme/widgets"), RepositoryId(4)}})));
  EXPECT_FALSE(stops.of(scope_for({{named("acme/gadgets"), std::nullopt}})));
}

TEST_F(StopsTest, StopARepositoryThatHasAnotherNameNow) {
  Revocation widgets = revocation(RevokedKind::kRepository, "acme/widgets");
  widgets.repository = RepositoryId(42);
  stop(widgets);
  EXPECT_TRUE(stops.of(scope_for({{named("acme/gizmos"), RepositoryId(42)}})));
  EXPECT_FALSE(stops.of(scope_for({{named("acme/gizmos"), RepositoryId(43)}})));
  EXPECT_FALSE(stops.of(scope_for({{named("acme/gizmos"), std::nullopt}})));
}

TEST_F(StopsTest, StopTokensForAllRepositoriesUnlessTheyAreOfAnotherInstallation) {
  Revocation widgets = revocation(RevokedKind::kRepository, "acme/widgets");
  stop(widgets);
  EXPECT_TRUE(stops.of(scope_for({}, InstallationId(8)))) << "nobody knows whose installation it is";
  widgets.installation = InstallationId(7);
  stop(widgets);
  EXPECT_TRUE(stops.of(scope_for({}, InstallationId(7))));
  EXPECT_FALSE(stops.of(scope_for({}, InstallationId(8))));
}

TEST_F(StopsTest, StopAnApp) {
  stop(revocation(RevokedKind::kApp, "1"));
  EXPECT_TRUE(stops.of(scope_for({{named("acme/widgets"), std::nullopt}})));
  EXPECT_FALSE(stops.of(scope_for({}, InstallationId(7), AppRef("github.com", "2"))));
  EXPECT_FALSE(stops.of(scope_for({}, InstallationId(7), AppRef("ghe.example.com", "1"))));
  EXPECT_FALSE(stops_names("github.com", "acme/widgets")) << "another App may reach it";
}

TEST_F(StopsTest, StopEverything) {
  stop(revocation(RevokedKind::kAll));
  EXPECT_TRUE(stops.of(scope_for({})));
  EXPECT_TRUE(stops_names("ghe.example.com", "acme/widgets"));
  EXPECT_TRUE(stops.of("github.com", {})) << "also of whoever names no repository";
}

TEST_F(StopsTest, StopNothingForWhatIsAboutCallers) {
  for (const RevokedKind kind :
       {RevokedKind::kSession, RevokedKind::kGrant, RevokedKind::kWorkspace, RevokedKind::kAgent}) {
    stop(revocation(kind, "acme/widgets"));
  }
  EXPECT_TRUE(stops.is_quiet());
  EXPECT_EQ(stops.moment(), 0U);
}

TEST_F(StopsTest, StopEverythingForARecordThatNobodyCanRead) {
  stop(revocation(RevokedKind::kRepository, "no repository"));
  EXPECT_TRUE(stops_names("github.com", "acme/anything"));
}

TEST_F(StopsTest, EndWithTheirLiftingAndTellThatSomethingChanged) {
  Revocation widgets = revocation(RevokedKind::kRepository, "acme/widgets");
  stop(widgets);
  const std::uint64_t then = stops.moment();
  widgets.lifted_at = TimePoint();
  stop(widgets);
  EXPECT_FALSE(stops_names("github.com", "acme/widgets"));
  EXPECT_NE(stops.moment(), then);
  stop(revocation(RevokedKind::kAll, "", 2));
  stops.apply(RevocationId(2), std::nullopt);
  EXPECT_TRUE(stops.is_quiet());
}

TEST_F(StopsTest, SayWhichRevocationItWasAndWhoCanLiftIt) {
  stop(revocation(RevokedKind::kRepository, "Acme/Widgets", 18));
  const std::vector<policy::Repository> names = {named("acme/widgets")};
  const std::optional<Error> why = stops.of("github.com", names);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code(), ErrorCode::kForbidden);
  EXPECT_EQ(why->fix(), Fix::kOperator);
  EXPECT_EQ(why->message(), "Acme/Widgets is stopped by an operator (revocation 0000000000000012)");
}

}  // namespace
}  // namespace hubwarden::tokens
