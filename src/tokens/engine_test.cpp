#include "tokens/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

Scope scope_of(std::uint64_t id, std::string_view permission = "contents:write") {
  RepositoryRef widgets(repository("acme/r" + std::to_string(id)), RepositoryId(id));
  return {AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of({widgets}),
          PermissionSelection::of(permissions(permission))};
}

Scope by_name(std::string_view name) {
  return {AppRef("github.com", "12"), InstallationId(7),
          *RepositorySelection::of({RepositoryRef(repository(name), std::nullopt)}),
          PermissionSelection::of(permissions("contents:write"))};
}

class TokenEngineTest : public ::testing::Test {
 protected:
  Result<Served> ask(const Scope& scope, Duration min_ttl = 0s, Duration patience = 30s) {
    const Wish wish(min_ttl, time.clock().steady_now() + patience);
    return time.run(engine.token(scope, wish));
  }

  // Many callers at one moment; what each got.
  std::vector<Result<Served>> ask_at_once(const std::vector<Scope>& scopes, Duration patience = 30s) {
    std::vector<Result<Served>> results;
    for (const Scope& scope : scopes) time.spawn(ask_into(scope, patience, results));
    time.advance(patience);
    return results;
  }

  net::Task<> ask_into(Scope scope, Duration patience, std::vector<Result<Served>>& results) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + patience);
    Result<Served> served = co_await engine.token(std::move(scope), wish);
    results.push_back(std::move(served));
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  Alone alone;
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, github, alone, events}, EngineOptions{}};
};

TEST_F(TokenEngineTest, MintsOnceForAThousandCallersOfAColdScope) {
  const auto results = ask_at_once(std::vector<Scope>(1000, scope_of(1)));
  ASSERT_EQ(results.size(), 1000U);
  EXPECT_EQ(github.mints, 1);
  for (const Result<Served>& result : results) {
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->token, github.issued[0]);
  }
}

TEST_F(TokenEngineTest, MintsOncePerScopeForAHundredScopesWithAHundredCallersEach) {
  std::vector<Scope> scopes;
  for (int caller = 0; caller < 100; ++caller) {
    for (std::uint64_t id = 1; id <= 100; ++id) scopes.push_back(scope_of(id));
  }
  const auto results = ask_at_once(scopes);
  EXPECT_EQ(results.size(), 10'000U);
  EXPECT_EQ(github.mints, 100);
  for (const auto& [key, count] : github.mints_by_scope) EXPECT_EQ(count, 1) << key;
}

TEST_F(TokenEngineTest, ServesTheOthersWhenTheFirstCallerGivesUp) {
  github.mint_takes = 5s;
  std::vector<Result<Served>> impatient, patient;
  time.spawn(ask_into(scope_of(1), 1s, impatient));
  time.spawn(ask_into(scope_of(1), 30s, patient));
  time.advance(2s);
  ASSERT_EQ(impatient.size(), 1U);
  EXPECT_EQ(impatient[0].error().code(), ErrorCode::kUpstreamTimeout);
  time.advance(10s);
  ASSERT_EQ(patient.size(), 1U);
  EXPECT_TRUE(patient[0].has_value());
  EXPECT_EQ(github.mints, 1);
}

TEST_F(TokenEngineTest, ServesAFreshTokenWithoutAskingGitHub) {
  const TokenPtr first = ask(scope_of(1))->token;
  time.advance(49min);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, first);
  EXPECT_EQ(github.mints, 1);
}

TEST_F(TokenEngineTest, ServesAtOnceAndRefreshesInTheBackgroundBetweenTheFirstTwoThresholds) {
  const TokenPtr first = ask(scope_of(1))->token;
  time.advance(52min);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  const SteadyPoint before = time.clock().steady_now();
  EXPECT_EQ(ask(scope_of(1))->token, first);
  EXPECT_EQ(time.clock().steady_now(), before) << "the caller has waited";
  time.advance(1s);
  EXPECT_EQ(github.mints, 2);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, github.issued[1]);
}

TEST_F(TokenEngineTest, StartsOneBackgroundRefreshHoweverManyAsk) {
  ask(scope_of(1)).value();
  time.advance(52min);
  ask_at_once(std::vector<Scope>(200, scope_of(1)), 5s);
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TokenEngineTest, RefreshesFirstBetweenTheLastTwoThresholds) {
  ask(scope_of(1)).value();
  time.advance(56min);
  const Result<Served> served = ask(scope_of(1));
  EXPECT_EQ(served->token, github.issued[1]);
  EXPECT_FALSE(served->stale);
}

TEST_F(TokenEngineTest, ServesTheValidTokenWhenARefreshFailsForAWhile) {
  const TokenPtr first = ask(scope_of(1))->token;
  time.advance(56min);
  for (const ErrorCode code : {ErrorCode::kUpstreamUnavailable, ErrorCode::kUpstreamTimeout,
                               ErrorCode::kUpstreamProtocol, ErrorCode::kRateLimited}) {
    github.mint_error = Error(code, "not now");
    const Result<Served> served = ask(scope_of(1));
    ASSERT_TRUE(served.has_value()) << to_string(code);
    EXPECT_EQ(served->token, first);
    EXPECT_TRUE(served->stale);
    time.advance(1s);
  }
}

TEST_F(TokenEngineTest, PassesAClearNoOnThoughTheOldTokenHasNotEnded) {
  ask(scope_of(1)).value();
  time.advance(56min);
  github.mint_error = Error(ErrorCode::kInstallationSuspended, "suspended");
  EXPECT_EQ(ask(scope_of(1)).error().code(), ErrorCode::kInstallationSuspended);
}

TEST_F(TokenEngineTest, NeverServesBelowTheFloor) {
  ask(scope_of(1)).value();
  time.advance(59min + 1s);
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  EXPECT_EQ(ask(scope_of(1)).error().code(), ErrorCode::kUpstreamUnavailable);
}

TEST_F(TokenEngineTest, RefreshesUntilAWishForMoreLifeHolds) {
  ask(scope_of(1)).value();
  time.advance(30min);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 40min).token, nullptr);
  const Result<Served> longer = ask(scope_of(1), 40min);
  EXPECT_EQ(longer->token, github.issued.at(1));
  EXPECT_EQ(engine.peek(scope_of(1).key(), 40min).token, longer->token);
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TokenEngineTest, AnswersTheSameErrorAtOnceWhileAFailureLasts) {
  github.mint_error = Error(ErrorCode::kRateLimited, "limit").with_retry_after(37s);
  EXPECT_EQ(ask(scope_of(1)).error().code(), ErrorCode::kRateLimited);
  github.mint_error.reset();
  time.advance(10s);
  const Result<Served> during = ask(scope_of(1));
  EXPECT_EQ(during.error().code(), ErrorCode::kRateLimited);
  EXPECT_EQ(during.error().retry_after(), 27s);
  EXPECT_EQ(github.mints, 1);
  time.advance(27s);
  EXPECT_TRUE(ask(scope_of(1)).has_value());
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TokenEngineTest, AsksSlowerAndSlowerWhileGitHubIsAway) {
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  github.mint_takes = 0s;
  for (int second = 0; second < 600; ++second) {
    EXPECT_FALSE(ask(scope_of(1)).has_value());
    time.advance(1s);
  }
  // Pauses of at most 30 s with full jitter: about 40 in ten minutes instead of 600.
  EXPECT_GT(github.mints, 20);
  EXPECT_LT(github.mints, 90);
}

TEST_F(TokenEngineTest, GivesUpAMintThatTakesTooLongByItsOwnDeadlineOnly) {
  github.mint_takes = 20s;
  EXPECT_EQ(ask(scope_of(1), 0s, 10s).error().code(), ErrorCode::kUpstreamTimeout);
  time.advance(15s);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, github.issued.at(0)) << "the late answer is kept";
}

TEST_F(TokenEngineTest, KeepsWarmWhatWasUsedLatelyAndLetsTheRestLapse) {
  time.spawn(engine.keep_warm());
  ask(scope_of(1)).value();
  ask(scope_of(2)).value();
  for (int i = 0; i < 45; ++i) {
    time.advance(1min);
    engine.peek(scope_of(1).key(), 0s);
  }
  time.advance(10min);
  EXPECT_EQ(github.mints_by_scope[scope_of(1).key()], 2);
  EXPECT_EQ(github.mints_by_scope[scope_of(2).key()], 1);
  EXPECT_NE(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  time.run(engine.stop());
  time.advance(2s);
}

TEST_F(TokenEngineTest, IsNotHeldUpInTheBackgroundByTokensThatMayLapse) {
  time.spawn(engine.keep_warm());
  for (std::uint64_t id = 1; id <= 500; ++id) ask(scope_of(id)).value();
  for (std::uint64_t id = 501; id <= 520; ++id) ask(scope_of(id)).value();
  time.advance(40min);
  for (std::uint64_t id = 501; id <= 520; ++id) EXPECT_NE(engine.peek(scope_of(id).key(), 0s).token, nullptr);
  time.advance(12min);
  EXPECT_EQ(github.mints, 540);
  for (std::uint64_t id = 501; id <= 520; ++id) EXPECT_EQ(github.mints_by_scope[scope_of(id).key()], 2);
  time.run(engine.stop());
}

TEST_F(TokenEngineTest, StartsNoMoreBackgroundRefreshesInASecondThanItMay) {
  github.mint_takes = 0s;
  std::vector<Scope> scopes;
  for (std::uint64_t id = 1; id <= 200; ++id) scopes.push_back(scope_of(id));
  ask_at_once(scopes);
  time.advance(48min);
  for (const Scope& scope : scopes) engine.peek(scope.key(), 0s);
  time.advance(4min);
  time.spawn(engine.keep_warm());
  time.advance(1s);
  EXPECT_EQ(github.mints, 232);
  time.advance(1s);
  EXPECT_EQ(github.mints, 264);
  time.run(engine.stop());
}

TEST_F(TokenEngineTest, StopsItsBackgroundWorkBeforeTheStopIsOver) {
  auto other = std::make_unique<TokenEngine>(
      TokenEngine::Parts{time.clock(), time, random, github, alone, events}, EngineOptions{});
  net::Task<> not_yet_begun = other->keep_warm();
  time.spawn(std::move(not_yet_begun));
  time.run(other->stop());
  other.reset();
  time.advance(1h);
}

TEST_F(TokenEngineTest, TriesABackgroundRefreshAgainAfterItFailed) {
  time.spawn(engine.keep_warm());
  const TokenPtr first = ask(scope_of(1))->token;
  time.advance(25min);
  engine.peek(scope_of(1).key(), 0s);
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "away");
  time.advance(28min);
  EXPECT_GT(github.mints, 2);
  github.mint_error.reset();
  engine.peek(scope_of(1).key(), 0s);
  time.advance(1min);
  EXPECT_NE(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  EXPECT_NE(engine.peek(scope_of(1).key(), 0s).token, first);
  time.run(engine.stop());
  time.advance(2s);
}

TEST_F(TokenEngineTest, ForgetsThatVeryTokenAndNoNewerOne) {
  const TokenPtr first = ask(scope_of(1))->token;
  time.advance(56min);
  const TokenPtr second = ask(scope_of(1))->token;
  time.spawn(engine.forget(scope_of(1).key(), first));
  time.settle();
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, second);
  time.spawn(engine.forget(scope_of(1).key(), second));
  time.settle();
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  EXPECT_NE(ask(scope_of(1))->token, second);
}

TEST_F(TokenEngineTest, DoesNotGiveBackATokenThatWasForgottenAMomentAfterItsMint) {
  const TokenPtr first = ask(scope_of(1))->token;
  time.spawn(engine.forget(scope_of(1).key(), first));
  time.settle();
  EXPECT_NE(ask(scope_of(1))->token, first);
}

TEST_F(TokenEngineTest, FindsATokenByItsValue) {
  const TokenPtr first = ask(scope_of(1))->token;
  const auto known = engine.find_by_value(first->reveal());
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->token, first);
  EXPECT_EQ(known->scope.key(), scope_of(1).key());
  EXPECT_FALSE(engine.find_by_value("ghs_unknown").has_value());
  EXPECT_FALSE(engine.find_by_value("").has_value());
}

TEST_F(TokenEngineTest, ForgetsAnInstallationAndNoOther) {
  ask(scope_of(1)).value();
  ask(scope_of(2)).value();
  Scope elsewhere(AppRef("github.com", "12"), InstallationId(8), RepositorySelection::all(),
                  PermissionSelection::all_granted());
  ask(elsewhere).value();
  const Touched touched = Touched::installation({AppRef("github.com", "12")}, InstallationId(7), {});
  EXPECT_EQ(time.run(engine.forget(touched)).tokens, 2U);
  EXPECT_EQ(engine.peek(scope_of(1).key(), 0s).token, nullptr);
  EXPECT_EQ(engine.peek(scope_of(2).key(), 0s).token, nullptr);
  EXPECT_NE(engine.peek(elsewhere.key(), 0s).token, nullptr);
}

TEST_F(TokenEngineTest, HoldsNoMoreScopesThanItMay) {
  EngineOptions small;
  small.max_entries = 100;
  TokenEngine bounded({time.clock(), time, random, github, alone, events}, small);
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    const Wish wish(Duration::zero(), SteadyPoint::max());
    ASSERT_TRUE(time.run(bounded.token(scope_of(id), wish)).has_value());
  }
  EXPECT_LE(bounded.size(), 100U);
}

TEST_F(TokenEngineTest, KeepsATokenUnderTheIdsThatTheMintTold) {
  RepositoryRef unknown(repository("acme/widgets"), std::nullopt);
  const Scope named(AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of({unknown}),
                    PermissionSelection::of(permissions("contents:read")));
  const TokenPtr token = ask(named)->token;
  RepositoryRef by_id(repository("acme/widgets"), RepositoryId(github.id_of(repository("acme/widgets"))));
  const Scope known(AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of({by_id}),
                    PermissionSelection::of(permissions("contents:read")));
  EXPECT_EQ(engine.peek(known.key(), 0s).token, token);
  EXPECT_EQ(ask(named)->token, token) << "a caller that looked before the landing";
  time.advance(2s);
  EXPECT_NE(ask(named)->token, token) << "a name alone proves nothing later";
}

TEST_F(TokenEngineTest, TellsAnIdOnceTheTokenCanBeFoundByIt) {
  TokenPtr found;
  engine.teach([&](const AppRef& app, const MintedRepository& minted, SteadyPoint when) {
    EXPECT_EQ(app.host(), "github.com");
    EXPECT_EQ(minted.asked.key(), minted.answered.name().key());
    EXPECT_EQ(when, time.clock().steady_now());
    found = engine.peek(scope_of(minted.answered.id()->value()).key(), 0s).token;
  });
  github.repository_ids["acme/r1"] = 1;
  ASSERT_TRUE(ask(by_name("acme/r1")));
  EXPECT_EQ(found, github.issued.at(0));
}

TEST_F(TokenEngineTest, LetsWhoHasLearntTheIdJoinTheFlightThatIsAskingByName) {
  github.repository_ids["acme/r1"] = 1;
  github.mint_takes = 5s;
  std::vector<Result<Served>> results;
  time.spawn(ask_into(by_name("acme/r1"), 30s, results));
  time.advance(1s);
  time.spawn(ask_into(scope_of(1), 30s, results));
  time.advance(10s);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(github.mints, 1);
  EXPECT_EQ(results[0]->token, results[1]->token);
}

TEST_F(TokenEngineTest, GivesWhatHasJustLandedToWhoLookedBeforeUnderEitherName) {
  github.repository_ids["acme/r1"] = 1;
  ASSERT_TRUE(ask(by_name("acme/r1")));
  // No token lives that long: whoever wishes for it starts a flight, as one who looked in vain before does.
  EXPECT_EQ(ask(scope_of(1), 2h)->token, github.issued.at(0));
  EXPECT_EQ(ask(by_name("acme/r1"), 2h)->token, github.issued.at(0));
  EXPECT_EQ(github.mints, 1);
}

TEST_F(TokenEngineTest, AsksByNameAgainThoughTheTokenOfAnIdHasJustLanded) {
  // The mint by the id may have told that the name is another repository's now.
  ASSERT_TRUE(ask(scope_of(1)));
  github.repository_ids["acme/r1"] = 2;
  ASSERT_TRUE(ask(by_name("acme/r1")));
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TokenEngineTest, StartsNothingAfterItsStopAndLandsWhatIsInTheAir) {
  github.mint_takes = 5s;
  std::vector<Result<Served>> results;
  time.spawn(ask_into(scope_of(1), 30s, results));
  time.settle();
  time.run(engine.stop());
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0].has_value());
  EXPECT_EQ(ask(scope_of(2)).error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hubwarden::tokens
