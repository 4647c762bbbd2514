// Tokens with a life of their own, from the mint to the end, through the engine.

#include "tokens/ending_minter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/time_text.h"
#include "tests/support/fake_revoker.h"
#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"
#include "tokens/memory_shared_cache.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeRevoker;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

Scope living(std::optional<Duration> life) {
  RepositoryRef widgets(repository("acme/widgets"), RepositoryId(42));
  return {AppRef("github.com", "12"), InstallationId(7), *RepositorySelection::of({widgets}),
          PermissionSelection::of(permissions("contents:write")), life};
}

class EndingMinterTest : public ::testing::Test {
 protected:
  Result<Served> ask(TokenEngine& from, const Scope& scope, Duration min_ttl = 0s) {
    return time.run(from.token(scope, Wish(min_ttl, time.clock().steady_now() + 30s)));
  }
  Result<Served> ask(const Scope& scope) { return ask(engine, scope); }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  FakeRevoker revoker{time};
  NoSharedEnds nobody;
  EndEvents ends_told;
  TokenEnds ends{{time.clock(), time, random, revoker, nobody, ends_told}, "github.com"};
  EndingMinter minter{github, ends};
  MemorySharedCache shared{time.clock(), time};
  EngineEvents events;
  TokenEngine engine{{time.clock(), time, random, minter, shared, events}, EngineOptions{}};
  TokenEngine another{{time.clock(), time, random, minter, shared, events}, EngineOptions{}};
};

TEST_F(EndingMinterTest, TellsTheEndThatTheScopeHas) {
  const TokenPtr token = ask(living(15min))->token;
  EXPECT_EQ(token->lifetime(), 15min);
  EXPECT_EQ(token->reveal(), github.issued[0]->reveal());
  EXPECT_EQ(token->fingerprint(), github.issued[0]->fingerprint());
  const auto answer = boost::json::parse(token->answer().body()).as_object();
  EXPECT_EQ(answer.at("expires_at").as_string(), rfc3339(token->expires_at()));
  EXPECT_EQ(answer.at("token").as_string(), token->reveal());
  EXPECT_EQ(ends.waiting(), 1U);
}

TEST_F(EndingMinterTest, LeavesATokenAloneThatGitHubEndsBefore) {
  for (const auto& life : {std::optional<Duration>(), std::optional<Duration>(1h)}) {
    EXPECT_EQ(ask(living(life))->token->lifetime(), 1h);
  }
  EXPECT_EQ(ends.waiting(), 0U);
}

TEST_F(EndingMinterTest, SharesATokenAmongThoseOfOneLifeAndWithNobodyElse) {
  const TokenPtr brief = ask(living(15min))->token;
  EXPECT_EQ(ask(living(15min))->token, brief);
  EXPECT_EQ(ask(another, living(15min))->token->reveal(), brief->reveal()) << "one mint for the fleet";
  EXPECT_EQ(github.mints, 1);
  EXPECT_NE(ask(living(std::nullopt))->token->reveal(), brief->reveal());
  EXPECT_NE(ask(living(20min))->token->reveal(), brief->reveal());
  EXPECT_NE(ask(another, living(std::nullopt))->token->reveal(), brief->reveal());
  EXPECT_EQ(github.mints, 3);
  EXPECT_EQ(ends.waiting(), 2U);
}

class EndingMinterLifeTest : public EndingMinterTest, public ::testing::WithParamInterface<Duration> {};

// There is always one with a sixth of its life left, and each is revoked at its end.
TEST_P(EndingMinterLifeTest, GivesAFreshOneWellBeforeTheEnd) {
  const Duration life = GetParam();
  time.spawn(ends.run());
  const SteadyPoint end = time.clock().steady_now() + 3h;
  while (time.clock().steady_now() < end) {
    const Result<Served> served = ask(living(life));
    ASSERT_TRUE(served);
    EXPECT_GE(served->token->remaining(time.clock().now()), std::min(life / 6, Duration(5min)));
    time.advance(life / 50);
  }
  time.advance(1h);
  EXPECT_LE(github.issued.size(), Duration(3h) / (life / 2) + 1) << "more mints than refreshes";
  for (const TokenPtr& token : github.issued) {
    const auto revoked = revoker.when.find(token->reveal());
    ASSERT_NE(revoked, revoker.when.end());
    const Duration lived = revoked->second - token->facts().minted_at;
    EXPECT_GE(lived, life);
    EXPECT_LE(lived, life + 2s);
  }
  EXPECT_EQ(revoker.revoked.size(), github.issued.size()) << "each once";
  time.run(ends.stop());
}

INSTANTIATE_TEST_SUITE_P(Lives, EndingMinterLifeTest,
                         ::testing::Values(Duration(1min), Duration(15min), Duration(59min)));

TEST_F(EndingMinterTest, LetsOneLapseThatNobodyAsksForAnyMore) {
  time.spawn(engine.keep_warm());
  ASSERT_TRUE(ask(living(1min)));
  time.advance(59s);
  EXPECT_EQ(github.mints, 2) << "it was in use";
  time.advance(30min);
  EXPECT_LE(github.mints, 3);
  time.run(engine.stop());
}

TEST_F(EndingMinterTest, MintsNothingWhoseEndItCannotPromise) {
  const auto executor = time.executor();
  for (std::size_t i = 0; i < EndList::kMost; ++i) {
    ends.add(Ending(AppRef("github.com", "12"), Secret("x"), "", kStart + 1h, kStart + 1h), executor);
  }
  EXPECT_EQ(ask(living(15min)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(github.mints, 0);
  EXPECT_TRUE(ask(living(std::nullopt)));
}

TEST_F(EndingMinterTest, EndsATokenThatNobodyHasAnyMore) {
  time.spawn(ends.run());
  const TokenPtr token = ask(living(15min))->token;
  time.run(engine.forget(living(15min).key(), token));
  time.advance(16min);
  EXPECT_THAT(revoker.revoked, ElementsAre(std::string(token->reveal())));
  time.run(ends.stop());
}

}  // namespace
}  // namespace hubwarden::tokens
