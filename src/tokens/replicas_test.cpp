// Replicas that share their second tier, in virtual time.

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"
#include "tokens/engine.h"
#include "tokens/lookup.h"
#include "tokens/memory_shared_cache.h"
#include "tokens/memory_shared_places.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::FakeUpstream;
using testing::permissions;
using testing::repository;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};
const AppRef kApp("github.com", "12");

Scope scope_of(std::uint64_t id) {
  RepositoryRef widgets(repository("acme/r" + std::to_string(id)), RepositoryId(id));
  return {kApp, InstallationId(7), *RepositorySelection::of({widgets}),
          PermissionSelection::of(permissions("contents:write"))};
}

class TwoReplicasTest : public ::testing::Test {
 protected:
  net::Task<> ask_into(TokenEngine& engine, Scope scope, std::vector<Result<Served>>& results) {
    const Wish wish(Duration::zero(), time.clock().steady_now() + 30s);
    Result<Served> served = co_await engine.token(std::move(scope), wish);
    results.push_back(std::move(served));
  }

  Result<Served> ask(TokenEngine& engine, const Scope& scope) {
    return time.run(engine.token(scope, Wish(Duration::zero(), time.clock().steady_now() + 30s)));
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  MemorySharedCache shared{time.clock(), time};
  EngineEvents events;
  TokenEngine one{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
  TokenEngine two{{time.clock(), time, random, github, shared, events}, EngineOptions{}};
};

TEST_F(TwoReplicasTest, MintOnceForBoth) {
  std::vector<Result<Served>> results;
  for (int i = 0; i < 100; ++i) {
    time.spawn(ask_into(one, scope_of(1), results));
    time.spawn(ask_into(two, scope_of(1), results));
  }
  time.advance(30s);
  ASSERT_EQ(results.size(), 200U);
  for (const Result<Served>& result : results) EXPECT_TRUE(result.has_value());
  EXPECT_EQ(github.mints, 1);
}

TEST_F(TwoReplicasTest, MintOnceAtTheRefresh) {
  std::vector<Result<Served>> results;
  time.spawn(ask_into(one, scope_of(1), results));
  time.spawn(ask_into(two, scope_of(1), results));
  time.advance(56min);
  time.spawn(ask_into(one, scope_of(1), results));
  time.spawn(ask_into(two, scope_of(1), results));
  time.advance(30s);
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TwoReplicasTest, AreNotHeldUpByALeaseWhoseHolderDied) {
  time.spawn([](MemorySharedCache& cache) -> net::Task<> {
    const std::string key = scope_of(1).key();
    [[maybe_unused]] const LeaseAnswer taken = co_await cache.take_lease(key, "dead", 3s, Pauses::kHeed);
  }(shared));
  std::vector<Result<Served>> results;
  time.spawn(ask_into(one, scope_of(1), results));
  time.advance(30s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0].has_value());
}

TEST_F(TwoReplicasTest, ShareTheFailureOfAMintAndItsPause) {
  github.mint_error =
      Error(ErrorCode::kPermissionNotGranted, "no").with_detail("contents").with_upstream_status(422);
  EXPECT_FALSE(ask(one, scope_of(1)));
  time.advance(10s);
  const Result<Served> refused = ask(two, scope_of(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(github.mints, 1) << "the other has tried";
  EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionNotGranted);
  EXPECT_EQ(refused.error().detail(), "contents");
  EXPECT_EQ(refused.error().upstream_status(), 422);
  EXPECT_LE(refused.error().retry_after(), 20s);
  time.advance(20s);
  github.mint_error.reset();
  EXPECT_TRUE(ask(two, scope_of(1)));
  EXPECT_TRUE(ask(one, scope_of(1)));
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TwoReplicasTest, CountTheFailuresOfBothForThePause) {
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "502");
  for (int failed = 0; failed < 12; ++failed) {
    EXPECT_FALSE(ask(failed % 2 == 0 ? one : two, scope_of(1)));
    time.advance(30s);
  }
  ASSERT_EQ(github.mints, 12);
  // Ten in a row: up to 30 s, of which a single one has no more than half a second.
  Duration longest = 0s;
  for (int failed = 0; failed < 12; ++failed) {
    longest =
        std::max<Duration>(longest, *ask(failed % 2 == 0 ? two : one, scope_of(1)).error().retry_after());
    time.advance(30s);
  }
  EXPECT_GT(longest, 2s);
}

TEST_F(TwoReplicasTest, KeepToThemselvesWhatNeverReachedGitHub) {
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "no way there").with_never_sent();
  EXPECT_FALSE(ask(one, scope_of(1)));
  github.mint_error.reset();
  EXPECT_TRUE(ask(two, scope_of(1))) << "this one may have a way";
}

TEST_F(TwoReplicasTest, TryAgainAtOnceWhenGitHubHasSaidThatSomethingIsDifferent) {
  github.mint_error = Error(ErrorCode::kPermissionNotGranted, "no");
  EXPECT_FALSE(ask(one, scope_of(1)));
  time.advance(5s);
  time.run(two.forget(Touched::grants({kApp}, InstallationId(7))));
  github.mint_error.reset();
  EXPECT_TRUE(ask(two, scope_of(1)));
}

TEST_F(TwoReplicasTest, BelieveNothingThatIsOlderThanTheNews) {
  ASSERT_TRUE(ask(one, scope_of(1)));
  time.advance(10s);
  const Touched gone = Touched::installation({kApp}, InstallationId(7), {});
  EXPECT_EQ(time.run(two.forget(gone)).tokens, 0U) << "it does not hold what lies in the shared tier";
  ASSERT_TRUE(ask(two, scope_of(1)));
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TwoReplicasTest, BelieveWhatWasMintedAfterTheNews) {
  const Touched gone = Touched::installation({kApp}, InstallationId(7), {}).as_of(time.clock().now());
  time.advance(10s);
  const TokenPtr token = ask(one, scope_of(1))->token;
  time.run(two.forget(gone));
  EXPECT_EQ(ask(two, scope_of(1))->token, token) << "heard late: the token knows of it";
  time.run(two.forget(gone));
  EXPECT_EQ(two.peek(scope_of(1).key(), 0s).token, token);
  EXPECT_EQ(github.mints, 1);
}

// The shared tier as one replica meets it: each may have its own troubles with it.
class WayToShared : public SharedCache {
 public:
  explicit WayToShared(SharedCache& shared) : shared_(shared) {}

  net::Task<SharedFind> find(std::string key) override { return shared_.find(std::move(key)); }
  net::Task<> keep(std::string key, Minted minted, Duration length, Keep how) override {
    return shared_.keep(std::move(key), std::move(minted), length, how);
  }
  net::Task<> forget(std::string key, TokenPtr token) override {
    return shared_.forget(std::move(key), std::move(token));
  }
  net::Task<LeaseAnswer> take_lease(std::string key, std::string owner, Duration length,
                                    Pauses pauses) override {
    return shared_.take_lease(std::move(key), std::move(owner), length, pauses);
  }
  net::Task<> release_lease(std::string key, std::string owner,
                            std::optional<SharedFailure> failure) override {
    return shared_.release_lease(std::move(key), std::move(owner), std::move(failure));
  }
  net::Task<Duration> wait_for_release(std::string key, SteadyPoint deadline) override {
    return shared_.wait_for_release(std::move(key), deadline);
  }

 private:
  SharedCache& shared_;
};

// What callers do not wait for takes its time.
class SlowAfterwards final : public WayToShared {
 public:
  SlowAfterwards(SharedCache& shared, VirtualTime& time) : WayToShared(shared), time_(time) {}

  net::Task<> keep(std::string key, Minted minted, Duration length, Keep how) override {
    co_await net::sleep_until(time_, time_.clock().steady_now() + 3s);
    co_await WayToShared::keep(std::move(key), std::move(minted), length, how);
  }
  net::Task<> release_lease(std::string key, std::string owner,
                            std::optional<SharedFailure> failure) override {
    co_await net::sleep_until(time_, time_.clock().steady_now() + 3s);
    co_await WayToShared::release_lease(std::move(key), std::move(owner), std::move(failure));
  }

 private:
  VirtualTime& time_;
};

TEST_F(TwoReplicasTest, ServeTheirCallersBeforeTheOthersHaveTheToken) {
  SlowAfterwards slow(shared, time);
  TokenEngine first({time.clock(), time, random, github, slow, events}, EngineOptions{});
  TokenEngine second({time.clock(), time, random, github, slow, events}, EngineOptions{});
  std::vector<Result<Served>> results;
  time.spawn(ask_into(first, scope_of(1), results));
  time.advance(1s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0]);
  time.spawn(ask_into(second, scope_of(1), results));
  time.advance(30s);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(github.mints, 1) << "the lease is given back last";
}

TEST_F(TwoReplicasTest, ServeWhatTheOtherHasWhileGitHubIsAway) {
  const TokenPtr token = ask(one, scope_of(1))->token;
  time.advance(56min);
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "502");
  const Result<Served> served = ask(two, scope_of(1));
  ASSERT_TRUE(served) << "the other's is good for four minutes";
  EXPECT_EQ(served->token, token);
  EXPECT_TRUE(served->stale);
  const Result<Served> again = ask(two, scope_of(1));
  ASSERT_TRUE(again) << "in the pause, too";
  EXPECT_TRUE(again->stale);
  time.advance(3min);
  EXPECT_FALSE(ask(two, scope_of(1))) << "below the floor";
}

TEST_F(TwoReplicasTest, ShareAgainWhatTheSharedTierHasLost) {
  const TokenPtr token = ask(one, scope_of(1))->token;
  ASSERT_TRUE(ask(one, scope_of(2)));
  shared.lose_all();
  time.advance(10s);
  time.run(one.share_again());
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "502");
  const Result<Served> served = ask(two, scope_of(1));
  ASSERT_TRUE(served);
  EXPECT_EQ(served->token, token);
  EXPECT_TRUE(ask(two, scope_of(2)));
  EXPECT_EQ(github.mints, 2);
}

TEST_F(TwoReplicasTest, ReplaceNothingWithWhatTheyShareAgain) {
  ASSERT_TRUE(ask(one, scope_of(1)));
  time.advance(20min);
  const Wish wish(50min, time.clock().steady_now() + 30s);
  const TokenPtr newer = time.run(two.token(scope_of(1), wish))->token;
  time.run(one.share_again());
  TokenEngine third({time.clock(), time, random, github, shared, events}, EngineOptions{});
  EXPECT_EQ(ask(third, scope_of(1))->token, newer);
}

TEST_F(TwoReplicasTest, FindWhatTheOtherHasGotInTheirOwnPause) {
  github.mint_error = Error(ErrorCode::kUpstreamUnavailable, "no way there").with_never_sent();
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(ask(one, scope_of(1)));
    time.advance(30s);
  }
  EXPECT_FALSE(ask(one, scope_of(1)));
  github.mint_error.reset();
  const TokenPtr token = ask(two, scope_of(1))->token;
  const int mints = github.mints;
  EXPECT_EQ(ask(one, scope_of(1))->token, token);
  EXPECT_EQ(github.mints, mints);
}

TEST_F(TwoReplicasTest, ServeAnOlderTokenOfTheOtherAtOnce) {
  const TokenPtr token = ask(one, scope_of(1))->token;
  time.advance(52min);
  EXPECT_EQ(ask(two, scope_of(1))->token, token);
  EXPECT_EQ(github.mints, 1);
}

TEST_F(TwoReplicasTest, MintForWhoWantsMoreThanTheOtherHas) {
  const TokenPtr token = ask(one, scope_of(1))->token;
  time.advance(20min);
  const Wish wish(50min, time.clock().steady_now() + 30s);
  EXPECT_NE(time.run(two.token(scope_of(1), wish))->token, token);
  EXPECT_EQ(github.mints, 2);
}

// Between its look and its lease another replica looks, mints, and gives the lease back.
class Overtaken final : public WayToShared {
 public:
  Overtaken(SharedCache& shared, VirtualTime& time, TokenEngine& other)
      : WayToShared(shared), time_(time), other_(other) {}

  net::Task<LeaseAnswer> take_lease(std::string key, std::string owner, Duration length,
                                    Pauses pauses) override {
    const Wish wish(Duration::zero(), time_.clock().steady_now() + 30s);
    [[maybe_unused]] const Result<Served> served = co_await other_.token(scope_of(1), wish);
    co_await net::sleep_until(time_, time_.clock().steady_now() + 1s);
    LeaseAnswer answer = co_await WayToShared::take_lease(std::move(key), std::move(owner), length, pauses);
    co_return answer;
  }

 private:
  VirtualTime& time_;
  TokenEngine& other_;
};

TEST_F(TwoReplicasTest, LookAgainWhenTheyHaveTheLease) {
  Overtaken overtaken(shared, time, one);
  TokenEngine late({time.clock(), time, random, github, overtaken, events}, EngineOptions{});
  std::vector<Result<Served>> results;
  time.spawn(ask_into(late, scope_of(1), results));
  time.advance(5s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(github.mints, 1);
  const LeaseAnswer again =
      time.run(shared.take_lease(scope_of(1).key_by_names(), "another", 3s, Pauses::kHeed));
  EXPECT_EQ(again.kind, LeaseAnswer::Kind::kTaken) << "it was given back";
}

class TwoLookupsTest : public ::testing::Test {
 protected:
  Result<LocationPtr> find(Lookup& lookup, std::string_view name = "acme/widgets") {
    return time.run(lookup.find(repository(name), time.clock().steady_now() + 30s));
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeUpstream github{time};
  MemorySharedPlaces shared{time.clock()};
  Lookup one{{time.clock(), time, random, github, shared}, {kApp}, 1000};
  Lookup two{{time.clock(), time, random, github, shared}, {kApp}, 1000};
};

TEST_F(TwoLookupsTest, AskOnceForBoth) {
  const Result<LocationPtr> found = find(one);
  time.advance(50min);
  const Result<LocationPtr> same = find(two);
  ASSERT_TRUE(found && same);
  EXPECT_EQ(github.lookups, 1);
  EXPECT_EQ((*same)->installation(), (*found)->installation());
  EXPECT_EQ((*same)->found_at(), (*found)->found_at());
  time.advance(11min);
  ASSERT_TRUE(find(two));
  EXPECT_EQ(github.lookups, 2) << "an hour after it was found, whoever heard of it when";
}

TEST_F(TwoLookupsTest, ShareThatAnAppIsNotInstalled) {
  github.lookup_error = Error(ErrorCode::kAppNotInstalled, "nowhere");
  EXPECT_FALSE(find(one));
  time.advance(20s);
  const Result<LocationPtr> missing = find(two);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kAppNotInstalled);
  EXPECT_LE(missing.error().retry_after(), 10s);
  EXPECT_EQ(github.lookups, 1);
  github.lookup_error.reset();
  time.advance(10s);
  EXPECT_TRUE(find(two));
}

TEST_F(TwoLookupsTest, ShareWhatAnOldNameLeadsTo) {
  github.renamed_to["acme/widgets"] = "acme/gadgets";
  ASSERT_TRUE(find(one));
  const Result<LocationPtr> found = find(two);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->repository(time.clock().steady_now()),
            RepositoryId(github.id_of(repository("acme/widgets"))));
  EXPECT_TRUE((*found)->is_renamed());
  EXPECT_EQ(github.lookups, 1);
}

TEST_F(TwoLookupsTest, BelieveNothingThatIsOlderThanTheNews) {
  ASSERT_TRUE(find(one));
  ASSERT_TRUE(find(one, "acme/others"));
  time.advance(10s);
  EXPECT_EQ(two.forget(Touched::repository(RepositoryId(5), {repository("acme/widgets")})).mappings, 0U);
  ASSERT_TRUE(find(two));
  EXPECT_EQ(github.lookups, 3);
  ASSERT_TRUE(find(two, "acme/others"));
  EXPECT_EQ(github.lookups, 3) << "this was not touched";
}

TEST_F(TwoLookupsTest, LookAnewForWhatIsNotThereAnyMore) {
  ASSERT_TRUE(find(one));
  ASSERT_TRUE(find(two));
  time.advance(10s);
  two.forget(repository("acme/widgets"));
  ASSERT_TRUE(find(two));
  EXPECT_EQ(github.lookups, 2) << "what lies in the shared tier is what has just misled";
}

TEST_F(TwoLookupsTest, BelieveNothingOfAnAppThatTheyDoNotHave) {
  ASSERT_TRUE(find(one));
  Lookup other({time.clock(), time, random, github, shared}, {AppRef("github.com", "13")}, 1000);
  ASSERT_TRUE(find(other));
  EXPECT_EQ(github.lookups, 2);
}

}  // namespace
}  // namespace hubwarden::tokens
