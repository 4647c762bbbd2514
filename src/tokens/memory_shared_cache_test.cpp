#include "tokens/memory_shared_cache.h"

#include <gtest/gtest.h>

#include "tests/support/fake_upstream.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using testing::make_token;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

class MemorySharedCacheTest : public ::testing::Test {
 protected:
  TokenPtr find(std::string key) {
    const std::optional<Minted> found = time.run(shared.find(std::move(key))).minted;
    return found ? found->token : nullptr;
  }
  void keep(const TokenPtr& token, Keep how = Keep::kReplace) {
    time.run(shared.keep("key", Minted(token, {}), 10s, how));
  }
  bool take(std::string owner, Duration length = 10s) {
    return answer_to(std::move(owner), length, Pauses::kHeed).kind == LeaseAnswer::Kind::kTaken;
  }
  LeaseAnswer answer_to(std::string owner, Duration length, Pauses pauses) {
    return time.run(shared.take_lease("key", std::move(owner), length, pauses));
  }
  void release(std::string owner, std::optional<SharedFailure> failure = std::nullopt) {
    time.run(shared.release_lease("key", std::move(owner), std::move(failure)));
  }
  // The moment at which the wait is over.
  net::Task<> wait_into(SteadyPoint deadline, Duration& waited) {
    const SteadyPoint begun = time.clock().steady_now();
    [[maybe_unused]] const Duration by_tier = co_await shared.wait_for_release("key", deadline);
    waited = time.clock().steady_now() - begun;
  }
  SteadyPoint in(Duration length) {
    return time.clock().steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(length);
  }

  VirtualTime time{kStart};
  MemorySharedCache shared{time.clock(), time};
  TokenPtr old = make_token("ghs_old", kStart, 1h);
  TokenPtr fresh = make_token("ghs_new", kStart, 1h);
};

TEST_F(MemorySharedCacheTest, HoldsATokenUntilItsTimeIsOver) {
  keep(old);
  EXPECT_EQ(find("key"), old);
  EXPECT_EQ(find("another"), nullptr);
  time.advance(10s);
  EXPECT_EQ(find("key"), nullptr);
}

TEST_F(MemorySharedCacheTest, LeavesWhatIsThereWhenOnlyWhatIsMissingIsWanted) {
  keep(old, Keep::kIfMissing);
  keep(fresh, Keep::kIfMissing);
  EXPECT_EQ(find("key"), old);
  shared.lose_all();
  keep(fresh, Keep::kIfMissing);
  EXPECT_EQ(find("key"), fresh);
}

TEST_F(MemorySharedCacheTest, ForgetsThatVeryTokenByItsValueAndNoNewerOne) {
  keep(fresh);
  time.run(shared.forget("key", old));
  EXPECT_EQ(find("key"), fresh);
  time.run(shared.forget("key", make_token("ghs_new", kStart, 2h)));
  EXPECT_EQ(find("key"), nullptr);
  time.run(shared.forget("key", fresh));
}

TEST_F(MemorySharedCacheTest, GrantsALeaseToOneAtATime) {
  EXPECT_TRUE(take("one"));
  EXPECT_FALSE(take("two"));
  release("two");
  EXPECT_FALSE(take("two")) << "it was not two's to give back";
  release("one");
  EXPECT_TRUE(take("two"));
}

TEST_F(MemorySharedCacheTest, GrantsALeaseAnewWhenItsHolderDied) {
  EXPECT_TRUE(take("one", 10s));
  time.advance(9999ms);
  EXPECT_FALSE(take("two"));
  time.advance(1ms);
  EXPECT_TRUE(take("two"));
  release("one");
  EXPECT_FALSE(take("three")) << "the old holder has nothing to give back any more";
}

TEST_F(MemorySharedCacheTest, WakesThoseWhoWaitWhenTheLeaseIsReleased) {
  Duration first = -1s, second = -1s;
  ASSERT_TRUE(take("one", 60s));
  time.spawn(wait_into(in(30s), first));
  time.spawn(wait_into(in(30s), second));
  time.advance(5s);
  EXPECT_EQ(first, Duration(-1s));
  release("one");
  time.settle();
  EXPECT_EQ(first, Duration(5s));
  EXPECT_EQ(second, Duration(5s));
}

TEST_F(MemorySharedCacheTest, GrantsNoLeaseDuringThePauseAfterAFailure) {
  ASSERT_TRUE(take("one"));
  const Failure limited(Error(ErrorCode::kRateLimited, "slowly"), 2, in(30s));
  release("one", SharedFailure(limited, kStart));
  const LeaseAnswer paused = answer_to("two", 10s, Pauses::kHeed);
  ASSERT_EQ(paused.kind, LeaseAnswer::Kind::kPaused);
  EXPECT_EQ(paused.last_failure->failure.code(), ErrorCode::kRateLimited);
  EXPECT_EQ(answer_to("two", 10s, Pauses::kIgnore).kind, LeaseAnswer::Kind::kTaken);
  release("two", SharedFailure(limited, kStart));
  time.advance(30s);
  const LeaseAnswer taken = answer_to("three", 10s, Pauses::kHeed);
  ASSERT_EQ(taken.kind, LeaseAnswer::Kind::kTaken);
  EXPECT_EQ(taken.last_failure->failure.consecutive(), 2);
  release("three");
  EXPECT_FALSE(answer_to("four", 10s, Pauses::kHeed).last_failure) << "the mint succeeded";
}

TEST_F(MemorySharedCacheTest, LetsNobodyWaitBeyondTheLeaseOrTheDeadline) {
  Duration none = -1s, by_lease = -1s, by_deadline = -1s;
  time.spawn(wait_into(in(30s), none));
  time.settle();
  EXPECT_EQ(none, Duration::zero());
  ASSERT_TRUE(take("one", 10s));
  time.spawn(wait_into(in(30s), by_lease));
  time.spawn(wait_into(in(3s), by_deadline));
  time.advance(30s);
  EXPECT_EQ(by_lease, Duration(10s));
  EXPECT_EQ(by_deadline, Duration(3s));
}

}  // namespace
}  // namespace hubwarden::tokens
