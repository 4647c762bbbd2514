#include "tokens/lookup.h"

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kFirst("github.com", "1");
const AppRef kSecond("github.com", "2");

Error not_installed() {
  return {ErrorCode::kAppNotInstalled, "not installed"};
}
Error away() {
  return {ErrorCode::kUpstreamUnavailable, "away"};
}

class LookupTest : public ::testing::Test {
 protected:
  Result<LocationPtr> find(std::string_view name) {
    return time.run(lookup.find(repository(name), time.clock().steady_now() + 30s));
  }
  net::Task<> find_into(std::string_view name, int& found) {
    const SteadyPoint deadline = time.clock().steady_now() + 30s;
    const Result<LocationPtr> location = co_await lookup.find(repository(name), deadline);
    if (location) ++found;
  }

  void learn(const policy::Repository& asked, const RepositoryRef& answered) {
    lookup.learn(MintedRepository(asked, answered), time.clock().steady_now());
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  NoSharedPlaces places;
  Lookup lookup{{time.clock(), time, random, github, places}, {kFirst, kSecond}, 1000};
};

TEST_F(LookupTest, AsksOncePerHour) {
  for (int minute = 0; minute < 180; ++minute) {
    ASSERT_TRUE(find("acme/widgets").has_value());
    time.advance(1min);
  }
  EXPECT_EQ(github.lookups, 3);
}

TEST_F(LookupTest, AsksOnceForManyAtAMoment) {
  int found = 0;
  for (int i = 0; i < 500; ++i) time.spawn(find_into("acme/widgets", found));
  time.advance(1s);
  EXPECT_EQ(found, 500);
  EXPECT_EQ(github.lookups, 1);
}

TEST_F(LookupTest, BelievesNotInstalledForHalfAMinute) {
  github.lookup_error = not_installed();
  EXPECT_EQ(find("acme/widgets").error().code(), ErrorCode::kAppNotInstalled);
  github.lookup_error.reset();
  time.advance(29s);
  EXPECT_EQ(find("acme/widgets").error().retry_after(), 1s);
  time.advance(1s);
  EXPECT_TRUE(find("acme/widgets").has_value());
}

TEST_F(LookupTest, AsksTheNextAppWhenOneIsNotInstalled) {
  github.not_installed = [](const AppRef& app, const policy::Repository&) {
    return app == kFirst ? std::optional(not_installed()) : std::nullopt;
  };
  EXPECT_EQ((*find("acme/widgets"))->app(), kSecond);
}

TEST_F(LookupTest, ExplainsAMissBetterThanNotInstalledWhenItCan) {
  github.not_installed = [](const AppRef& app, const policy::Repository&) {
    return std::optional(app == kFirst ? away() : not_installed());
  };
  EXPECT_EQ(find("acme/widgets").error().code(), ErrorCode::kUpstreamUnavailable);
}

TEST_F(LookupTest, GoesOnWithWhatItKnowsWhileGitHubIsAway) {
  const LocationPtr known = *find("acme/widgets");
  time.advance(61min);
  github.lookup_error = away();
  EXPECT_EQ(*find("acme/widgets"), known);
  github.lookup_error = not_installed();
  time.advance(1min);
  EXPECT_EQ(find("acme/widgets").error().code(), ErrorCode::kAppNotInstalled);
}

TEST_F(LookupTest, BelievesTheLaterOfTwoMintsHoweverTheyAreHeardOf) {
  const policy::Repository widgets = repository("acme/widgets");
  ASSERT_TRUE(find("acme/widgets").has_value());
  time.advance(40min);
  learn(widgets, RepositoryRef(widgets, RepositoryId(42)));
  const MintedRepository before(widgets, RepositoryRef(widgets, RepositoryId(7)));
  lookup.learn(before, time.clock().steady_now() - 30min);
  EXPECT_EQ((*find("acme/widgets"))->repository(time.clock().steady_now()), RepositoryId(42));
}

TEST_F(LookupTest, TrustsAnIdNoLongerBecauseItWasHeardOfLate) {
  const policy::Repository widgets = repository("acme/widgets");
  ASSERT_TRUE(find("acme/widgets").has_value());
  const MintedRepository minted(widgets, RepositoryRef(widgets, RepositoryId(42)));
  lookup.learn(minted, time.clock().steady_now() - 40min);
  time.advance(19min);
  EXPECT_TRUE((*find("acme/widgets"))->repository(time.clock().steady_now()));
  time.advance(2min);
  EXPECT_FALSE((*find("acme/widgets"))->repository(time.clock().steady_now()));
}

TEST_F(LookupTest, TrustsAnIdForAnHourAfterAMintConfirmedIt) {
  const policy::Repository widgets = repository("acme/widgets");
  ASSERT_TRUE(find("acme/widgets").has_value());
  learn(widgets, RepositoryRef(widgets, RepositoryId(42)));
  EXPECT_EQ(lookup.peek(widgets)->repository(time.clock().steady_now()), RepositoryId(42));
  time.advance(50min);
  learn(widgets, RepositoryRef(widgets, RepositoryId(42)));
  time.advance(50min);
  EXPECT_EQ((*find("acme/widgets"))->repository(time.clock().steady_now()), RepositoryId(42));
  time.advance(11min);
  EXPECT_EQ((*find("acme/widgets"))->repository(time.clock().steady_now()), std::nullopt);
}

TEST_F(LookupTest, LosesTheIdOfANameThatGitHubGaveAway) {
  const policy::Repository widgets = repository("acme/widgets");
  ASSERT_TRUE(find("acme/widgets").has_value());
  learn(widgets, RepositoryRef(widgets, RepositoryId(42)));
  learn(widgets, RepositoryRef(repository("acme/renamed"), RepositoryId(42)));
  EXPECT_EQ(lookup.peek(widgets)->repository(time.clock().steady_now()), std::nullopt);
}

TEST_F(LookupTest, FollowsARenamedRepositoryByItsId) {
  const policy::Repository old = repository("acme/old");
  github.renamed_to["acme/old"] = "acme/new";
  const LocationPtr location = *find("acme/old");
  const RepositoryId id(github.id_of(old));
  EXPECT_EQ(location->repository(time.clock().steady_now()), id);
  learn(old, RepositoryRef(repository("acme/new"), id));
  EXPECT_EQ(lookup.peek(old)->repository(time.clock().steady_now()), id);
}

TEST_F(LookupTest, AsksNothingAfterItsStopAndWaitsForWhatItAsked) {
  github.lookup_takes = 5s;
  int found = 0;
  time.spawn(find_into("acme/widgets", found));
  time.settle();
  time.run(lookup.stop());
  time.settle();
  EXPECT_EQ(found, 1);
  EXPECT_EQ(find("acme/other").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(github.lookups, 1);
}

TEST_F(LookupTest, GivesUpWaitingAtTheCallersDeadlineAndKeepsTheLateAnswer) {
  github.lookup_takes = 5s;
  const SteadyPoint soon = time.clock().steady_now() + 1s;
  const Result<LocationPtr> late = time.run(lookup.find(repository("acme/widgets"), soon));
  EXPECT_EQ(late.error().code(), ErrorCode::kUpstreamTimeout);
  time.advance(5s);
  EXPECT_NE(lookup.peek(repository("acme/widgets")), nullptr);
  EXPECT_EQ(github.lookups, 1);
}

TEST_F(LookupTest, ForgetsAnInstallationAndNoOther) {
  ASSERT_TRUE(find("acme/widgets").has_value());
  github.installation = 8;
  ASSERT_TRUE(find("other/widgets").has_value());
  EXPECT_EQ(lookup.forget(Touched::installation({kFirst}, InstallationId(7), {})).mappings, 1U);
  EXPECT_EQ(lookup.peek(repository("acme/widgets")), nullptr);
  EXPECT_NE(lookup.peek(repository("other/widgets")), nullptr);
}

}  // namespace
}  // namespace hubwarden::tokens
