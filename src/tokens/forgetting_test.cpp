// What the look-up and the engine do when they are told that something has changed.

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"
#include "tokens/lookup.h"
#include "tokens/memory_shared_cache.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "1");
const InstallationId kHere(7);

Scope widgets(PermissionSelection wanted = PermissionSelection::of(permissions("contents:read"))) {
  const RepositoryRef one(repository("acme/widgets"), RepositoryId(42));
  return {kApp, kHere, *RepositorySelection::of({one}), std::move(wanted)};
}

Touched all_of_it() {
  return Touched::installation({kApp}, kHere, {*policy::Owner::parse("acme")});
}

class ForgettingTest : public ::testing::Test {
 protected:
  Result<Served> ask(const Scope& scope) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + 30s);
    return time.run(engine.token(scope, wish));
  }
  net::Task<> ask_into(Scope scope, std::optional<Result<Served>>& answer) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + 30s);
    Result<Served> served = co_await engine.token(std::move(scope), wish);
    answer.emplace(std::move(served));
  }
  Forgotten tell(const Touched& touched) { return time.run(engine.forget(touched)); }
  Result<LocationPtr> find(std::string_view name) {
    return time.run(lookup.find(repository(name), time.clock().steady_now() + 30s));
  }
  net::Task<> find_into(std::string_view name, std::optional<Result<LocationPtr>>& answer) {
    const SteadyPoint deadline = time.clock().steady_now() + 30s;
    Result<LocationPtr> found = co_await lookup.find(repository(name), deadline);
    answer.emplace(std::move(found));
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  MemorySharedCache shared{time.clock(), time};
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
  NoSharedPlaces places;
  Lookup lookup{{time.clock(), time, random, github, places}, {kApp}, 1000};
};

TEST_F(ForgettingTest, AnInstallationThatIsBackIsMintedForAtOnce) {
  github.mint_error = Error(ErrorCode::kInstallationSuspended, "suspended");
  EXPECT_FALSE(ask(widgets()).has_value());
  github.mint_error.reset();
  EXPECT_FALSE(ask(widgets()).has_value()) << "the pause";
  EXPECT_EQ(tell(all_of_it()).failures, 1U);
  EXPECT_TRUE(ask(widgets()).has_value());
}

TEST_F(ForgettingTest, ALimitIsKeptThoughTheInstallationHasChanged) {
  github.mint_error = Error(ErrorCode::kRateLimited, "slow").with_retry_after(60s);
  EXPECT_FALSE(ask(widgets()).has_value());
  EXPECT_EQ(tell(all_of_it()).failures, 0U);
  EXPECT_FALSE(ask(widgets()).has_value());
  EXPECT_EQ(github.mints, 1);
}

TEST_F(ForgettingTest, ATokenIsForgottenInBothTiersAndByItsHandle) {
  const TokenPtr token = ask(widgets())->token;
  const TokenEngine::Handle handle = engine.peek(widgets().key(), 0s).handle;
  EXPECT_EQ(tell(all_of_it()).tokens, 1U);
  EXPECT_EQ(engine.peek_again(handle, time.clock().steady_now()), nullptr);
  EXPECT_FALSE(time.run(shared.find(widgets().key())).minted);
  EXPECT_NE(ask(widgets())->token, token);
}

TEST_F(ForgettingTest, NewPermissionsLeaveTokensOfNamedPermissionsAndEndTheirRefusals) {
  const TokenPtr named = ask(widgets())->token;
  const TokenPtr whatever = ask(widgets(PermissionSelection::all_granted()))->token;
  github.mint_error = Error(ErrorCode::kPermissionNotGranted, "no issues");
  const Scope issues = widgets(PermissionSelection::of(permissions("issues:write")));
  EXPECT_FALSE(ask(issues).has_value());
  github.mint_error.reset();

  const Forgotten forgotten = tell(Touched::grants({kApp}, kHere));
  EXPECT_EQ(forgotten.tokens, 1U);
  EXPECT_EQ(forgotten.failures, 1U);
  EXPECT_EQ(ask(widgets())->token, named);
  EXPECT_NE(ask(widgets(PermissionSelection::all_granted()))->token, whatever);
  EXPECT_TRUE(ask(issues).has_value());
}

TEST_F(ForgettingTest, AMintThatWasUnderWayIsGivenOutAndNotKept) {
  github.mint_takes = 5s;
  std::optional<Result<Served>> answer;
  time.spawn(ask_into(widgets(), answer));
  time.advance(1s);
  tell(all_of_it());
  time.advance(10s);
  ASSERT_TRUE(answer && answer->has_value());
  EXPECT_EQ(engine.peek(widgets().key(), 0s).token, nullptr);
  EXPECT_FALSE(time.run(shared.find(widgets().key())).minted);
  EXPECT_NE(ask(widgets())->token, (*answer)->token);
}

TEST_F(ForgettingTest, ARefusalThatWasUnderWayIsNotRemembered) {
  github.mint_takes = 5s;
  github.mint_error = Error(ErrorCode::kInstallationSuspended, "suspended");
  std::optional<Result<Served>> answer;
  time.spawn(ask_into(widgets(), answer));
  time.advance(1s);
  tell(all_of_it());
  time.advance(5s);
  ASSERT_TRUE(answer && !answer->has_value());
  github.mint_error.reset();
  EXPECT_TRUE(ask(widgets()).has_value());
}

TEST_F(ForgettingTest, NewsOfAnotherInstallationChangeNothing) {
  github.mint_takes = 5s;
  std::optional<Result<Served>> answer;
  time.spawn(ask_into(widgets(), answer));
  time.advance(1s);
  tell(Touched::installation({kApp}, InstallationId(8), {}));
  time.advance(5s);
  EXPECT_EQ(engine.peek(widgets().key(), 0s).token, (*answer)->token);
}

TEST_F(ForgettingTest, ANameThatWasNotFoundIsLookedForAgainOnceTheAppIsInstalled) {
  github.lookup_error = Error(ErrorCode::kAppNotInstalled, "not installed");
  EXPECT_FALSE(find("acme/widgets").has_value());
  EXPECT_FALSE(find("other/widgets").has_value());
  github.lookup_error.reset();
  EXPECT_EQ(lookup.forget(all_of_it()).failures, 1U);
  EXPECT_TRUE(find("acme/widgets").has_value());
  EXPECT_FALSE(find("other/widgets").has_value()) << "another owner's";
}

TEST_F(ForgettingTest, ARenamedRepositoryIsLookedForUnderBothNamesAndNoOtherIs) {
  ASSERT_TRUE(find("acme/widgets").has_value());
  ASSERT_TRUE(find("acme/tools").has_value());
  github.lookup_error = Error(ErrorCode::kAppNotInstalled, "not installed");
  EXPECT_FALSE(find("acme/gears").has_value());
  github.lookup_error.reset();
  const Forgotten forgotten = lookup.forget(
      Touched::repository(RepositoryId(42), {repository("acme/gears"), repository("acme/widgets")}));
  EXPECT_EQ(forgotten.mappings, 1U);
  EXPECT_EQ(forgotten.failures, 1U);
  EXPECT_EQ(lookup.peek(repository("acme/widgets")), nullptr);
  EXPECT_NE(lookup.peek(repository("acme/tools")), nullptr);
  EXPECT_TRUE(find("acme/gears").has_value());
}

TEST_F(ForgettingTest, AnAnswerThatWasUnderWayIsNotKept) {
  github.lookup_takes = 5s;
  std::optional<Result<LocationPtr>> found;
  time.spawn(find_into("acme/widgets", found));
  time.advance(1s);
  lookup.forget(all_of_it());
  time.advance(5s);
  ASSERT_TRUE(found && found->has_value());
  EXPECT_EQ(lookup.peek(repository("acme/widgets")), nullptr);

  github.lookup_error = Error(ErrorCode::kAppNotInstalled, "not installed");
  std::optional<Result<LocationPtr>> missed;
  time.spawn(find_into("acme/gears", missed));
  time.advance(1s);
  lookup.forget(all_of_it());
  time.advance(5s);
  ASSERT_TRUE(missed && !missed->has_value());
  github.lookup_error.reset();
  EXPECT_TRUE(find("acme/gears").has_value());
}

}  // namespace
}  // namespace hubwarden::tokens
