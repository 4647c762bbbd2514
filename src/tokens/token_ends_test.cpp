#include "tokens/token_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_revoker.h"
#include "tokens/memory_shared_ends.h"

namespace hubwarden::tokens {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeRevoker;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing::VirtualTime;

constexpr TimePoint kStart{std::chrono::seconds(1'800'000'000)};

struct Told final : EndEvents {
  std::vector<std::string> ended_ones;
  std::vector<std::string> given_up;
  int failures = 0;

  void ended(const Ending& ending) override { ended_ones.push_back(ending.fingerprint); }
  void end_failed(const Ending&, const Error&) override { ++failures; }
  void end_given_up(const Ending& ending) override { given_up.push_back(ending.fingerprint); }
};

class TokenEndsTest : public ::testing::Test {
 protected:
  std::unique_ptr<TokenEnds> replica(SharedEnds& list) {
    return std::make_unique<TokenEnds>(TokenEnds::Parts{time.clock(), time, random, github, list, told},
                                       "github.com");
  }
  std::unique_ptr<TokenEnds> running(SharedEnds& list) {
    std::unique_ptr<TokenEnds> ends = replica(list);
    time.spawn(ends->run());
    return ends;
  }
  void promise(TokenEnds& ends, std::string token, Duration in) {
    const auto due = time.clock().now() + std::chrono::duration_cast<TimePoint::duration>(in);
    ends.add(Ending(AppRef("github.com", "12"), Secret(token), "fingerprint of " + token, due, kStart + 1h),
             time.executor());
    time.settle();
  }

  VirtualTime time{kStart};
  SeededRandom random{1};
  FakeRevoker github{time};
  Told told;
  NoSharedEnds alone;
  MemorySharedEnds shared;
};

TEST_F(TokenEndsTest, RevokesATokenOnceAtItsEndAndNotBefore) {
  const auto ends = running(alone);
  promise(*ends, "a", 15min);
  time.advance(15min - 1s);
  EXPECT_THAT(github.revoked, IsEmpty());
  time.advance(3s);
  EXPECT_THAT(github.revoked, ElementsAre("a"));
  EXPECT_GE(github.when["a"], kStart + 15min);
  time.advance(2h);
  EXPECT_THAT(github.revoked, SizeIs(1));
  EXPECT_THAT(told.ended_ones, ElementsAre("fingerprint of a"));
  EXPECT_EQ(ends->waiting(), 0U);
  time.run(ends->stop());
}

TEST_F(TokenEndsTest, EndsAThousandOfOneMomentAFewAtATime) {
  const auto ends = running(alone);
  for (int i = 0; i < 1000; ++i) promise(*ends, std::to_string(i), 1min);
  time.advance(62s);
  EXPECT_LE(github.asked, 48) << "sixteen in each second";
  time.advance(2min);
  EXPECT_THAT(github.revoked, SizeIs(1000));
  time.run(ends->stop());
}

TEST_F(TokenEndsTest, TriesAgainWhileGitHubIsAway) {
  const auto ends = running(alone);
  github.error = Error(ErrorCode::kUpstreamUnavailable, "502");
  promise(*ends, "a", 15min);
  time.advance(25min);
  EXPECT_GT(told.failures, 5);
  EXPECT_LT(told.failures, 100) << "the pauses grow";
  github.error.reset();
  time.advance(2min);
  EXPECT_THAT(github.revoked, ElementsAre("a"));
  EXPECT_THAT(told.given_up, IsEmpty());
  time.run(ends->stop());
}

TEST_F(TokenEndsTest, GivesUpWhenGitHubHasEndedItItself) {
  const auto ends = running(alone);
  github.error = Error(ErrorCode::kUpstreamUnavailable, "502");
  promise(*ends, "a", 15min);
  time.advance(2h);
  EXPECT_THAT(told.given_up, ElementsAre("fingerprint of a"));
  const int asked = github.asked;
  time.advance(2h);
  EXPECT_EQ(github.asked, asked);
  time.run(ends->stop());
}

TEST_F(TokenEndsTest, EndsAtItsStopWhatNobodyElseKnowsOf) {
  const auto ends = running(alone);
  for (int i = 0; i < 50; ++i) promise(*ends, std::to_string(i), 15min);
  time.run(ends->stop());
  EXPECT_THAT(github.revoked, SizeIs(50));
  EXPECT_LT(time.clock().now(), kStart + TokenEnds::kLastMoments);
  EXPECT_THAT(told.given_up, IsEmpty());
}

TEST_F(TokenEndsTest, StopsInTimeThoughGitHubDoesNotAnswer) {
  const auto ends = running(alone);
  github.takes = 1h;
  for (int i = 0; i < 50; ++i) promise(*ends, std::to_string(i), 15min);
  time.run(ends->stop());
  EXPECT_LT(time.clock().now(), kStart + TokenEnds::kLastMoments + 1s);
  EXPECT_THAT(told.given_up, SizeIs(50));
}

TEST_F(TokenEndsTest, LeavesToTheOtherReplicasAtItsStopWhatTheyKnowOf) {
  const auto one = running(shared);
  promise(*one, "a", 15min);
  time.run(one->stop());
  EXPECT_THAT(github.revoked, IsEmpty());
  const auto two = running(shared);
  time.advance(15min);
  EXPECT_THAT(github.revoked, IsEmpty());
  time.advance(20s);
  EXPECT_THAT(github.revoked, ElementsAre("a"));
  EXPECT_EQ(shared.size(), 0U);
  time.run(two->stop());
}

TEST_F(TokenEndsTest, DoesWhatAReplicaThatDiedHasPromised) {
  const auto one = replica(shared);  // which never looks
  const auto two = running(shared);
  const auto three = running(shared);
  promise(*one, "a", 15min);
  promise(*two, "b", 15min);
  time.advance(16min);
  EXPECT_THAT(github.revoked, UnorderedElementsAre("a", "b"));
  time.run(two->stop());
  time.run(three->stop());
}

TEST_F(TokenEndsTest, TriesWhatItHasTakenOverAgainUntilGitHubsOwnEnd) {
  const auto one = replica(shared);
  const auto two = running(shared);
  promise(*one, "a", 15min);
  promise(*one, "b", 15min);
  github.error = Error(ErrorCode::kUpstreamUnavailable, "502");
  time.advance(20min);
  EXPECT_GE(told.failures, 4);
  EXPECT_LE(told.failures, 12);
  time.advance(45min);
  EXPECT_THAT(told.given_up, SizeIs(2));
  EXPECT_EQ(shared.size(), 0U);
  time.run(two->stop());
}

TEST_F(TokenEndsTest, LeavesWhatWaitsToItsSuccessor) {
  const auto before = running(alone);
  const auto after = running(alone);
  promise(*before, "a", 15min);
  before->leave_to(*after);
  time.run(before->stop());
  EXPECT_THAT(github.revoked, IsEmpty());
  time.advance(16min);
  EXPECT_THAT(github.revoked, ElementsAre("a"));
  time.run(after->stop());
}

TEST_F(TokenEndsTest, PutsBackWhatTheSharedListHasLost) {
  const auto one = running(alone);
  promise(*one, "a", 15min);
  const auto two = running(shared);
  one->leave_to(*two);
  time.run(two->share_again());
  EXPECT_EQ(shared.size(), 1U);
  time.run(two->stop());
  EXPECT_THAT(github.revoked, IsEmpty()) << "the others know of it now";
  time.run(one->stop());
}

TEST_F(TokenEndsTest, TakesNoMoreThanItKeepsTrackOf) {
  EndList list;
  const auto ending =
      std::make_shared<const Ending>(AppRef("github.com", "12"), Secret("a"), "", kStart, kStart + 1h);
  for (std::size_t i = 0; i < EndList::kMost; ++i) list.add(kStart, EndList::Waiting(ending));
  EXPECT_FALSE(list.has_room());
  EXPECT_THAT(list.take(kStart, 1), SizeIs(1));
  EXPECT_TRUE(list.has_room());
}

}  // namespace
}  // namespace hubwarden::tokens
