#include "tokens/shared_sweep.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tokens/withdrawal_fixture.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::make_token;
using testing::repository;
using ::testing::SizeIs;

Minted minted_for(std::vector<MintedRepository> repositories) {
  Minted minted(make_token("ghs_one", kStart, 1h), std::move(repositories));
  minted.by.emplace(kApp, InstallationId(7));
  return minted;
}

TEST(ScopeOf, WhatWasFoundIsThatOfItsMintButForThePermissions) {
  const RepositoryRef now(repository("acme/gizmos"), RepositoryId(42));
  const std::optional<Scope> scope = scope_of(minted_for({{repository("acme/widgets"), now}}));
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->app(), kApp);
  EXPECT_EQ(scope->installation(), InstallationId(7));
  ASSERT_THAT(scope->repositories().chosen(), SizeIs(1));
  EXPECT_EQ(scope->repositories().chosen().front().name().key(), "acme/widgets");
  EXPECT_EQ(scope->repositories().chosen().front().id(), RepositoryId(42));
  EXPECT_TRUE(scope_of(minted_for({}))->repositories().is_all());
}

TEST(ScopeOf, WhatDoesNotSayWhoseItIsCannotBeTold) {
  Minted unnamed = minted_for({});
  unnamed.by.reset();
  EXPECT_FALSE(scope_of(unnamed));
  const RepositoryRef one(repository("acme/widgets"), RepositoryId(42));
  const RepositoryRef other(repository("evil/widgets"), RepositoryId(43));
  EXPECT_FALSE(scope_of(minted_for({{one.name(), one}, {other.name(), other}}))) << "of two owners";
}

// One replica that is gone, and one that is left, with an empty memory.
class SharedSweepTest : public WithdrawalTest {
 protected:
  std::string mint_and_die(const Scope& scope) {
    TokenEngine gone{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
    const std::string value(mint(gone, scope)->reveal());
    time.run(stopped(gone));
    return value;
  }
  static net::Task<bool> stopped(TokenEngine& gone) {
    co_await gone.stop();
    co_return true;
  }
  Swept sweep(const store::Revocation& revocation) {
    const std::optional<Stop> stop = Stop::of(revocation);
    return time.run(shared.sweep([&stop](const Scope& scope) { return stop->covers(scope); }));
  }
  static store::Revocation of_repository(std::string name) {
    store::Revocation made(store::RevocationId(1), store::RevokedKind::kRepository, std::move(name), kStart);
    made.host = "github.com";
    return made;
  }
};

TEST_F(SharedSweepTest, FindsWhatAReplicaThatIsGoneHasLeft) {
  const std::string stopped_value = mint_and_die(scope_for(1));
  mint_and_die(scope_for(2));
  const Swept swept = sweep(of_repository("acme/r1"));
  ASSERT_THAT(swept.taken, SizeIs(1)) << "once, though it lies under names and under ids";
  EXPECT_EQ(swept.taken.front().host, "github.com");
  EXPECT_EQ(swept.taken.front().token->reveal(), stopped_value);
  EXPECT_FALSE(time.run(shared.find(scope_for(1).key())).minted);
  EXPECT_FALSE(time.run(shared.find(scope_for(1).key_by_names())).minted);
  EXPECT_TRUE(time.run(shared.find(scope_for(2).key())).minted);
  EXPECT_THAT(left_over_of(swept, kStart), IsEmpty());

  const Withdrawn done =
      time.run(withdrawer.withdraw([](const Scope&) { return false; }, {swept.taken.front().token}));
  EXPECT_EQ(done.revoked, 1U);
  EXPECT_THAT(revoker.revoked, ElementsAre(stopped_value));
}

TEST_F(SharedSweepTest, FindsWhatWasSharedAgain) {
  const Wish wish(Duration::zero(), time.clock().steady_now() + 30s);
  ASSERT_TRUE(time.run(engine.token(scope_for(1), wish)));
  shared.lose_all();
  time.spawn(engine.share_again());
  time.advance(1s);
  EXPECT_THAT(sweep(of_repository("acme/r1")).taken, SizeIs(1));
}

TEST_F(SharedSweepTest, LeavesAndTellsWhatAnOlderHubwardenMinted) {
  time.spawn(shared.keep("scope", Minted(make_token("ghs_old", kStart, 1h), {}), 1h, Keep::kReplace));
  time.advance(1s);
  const Swept swept = sweep(of_repository("acme/r1"));
  EXPECT_THAT(swept.taken, IsEmpty());
  const std::vector<LeftOver> left_over = left_over_of(swept, kStart);
  ASSERT_THAT(left_over, SizeIs(1));
  EXPECT_EQ(left_over.front().fingerprint, "fingerprint of ghs_old");
  EXPECT_EQ(left_over.front().until, kStart + 1h);
  EXPECT_EQ(left_over.front().why, "minted by an older hubwarden, which did not say for whom");
  EXPECT_TRUE(time.run(shared.find("scope")).minted);
}

TEST(LeftOverOf, ASweepSaysWhatItCouldNotSee) {
  Swept swept;
  swept.unreadable = 2;
  swept.incomplete = Error(ErrorCode::kUnavailable, "Redis did not answer in time");
  const std::vector<LeftOver> left_over = left_over_of(swept, kStart);
  ASSERT_THAT(left_over, SizeIs(2));
  EXPECT_EQ(left_over[0].fingerprint, "2 tokens in the shared tier");
  EXPECT_EQ(left_over[1].why, "the shared tier could not be looked through: Redis did not answer in time");
  EXPECT_EQ(left_over[1].until, kStart + 1h) << "no token lives longer";
}

}  // namespace
}  // namespace hubwarden::tokens
