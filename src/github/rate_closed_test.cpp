// Two replicas whose guards tell each other of limits.

#include "github/rate_closed.h"

#include <gtest/gtest.h>

#include <vector>

#include "github/rate_fixture.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::GuardWorld;
using testing::kInstallation;
using testing::kStart;
using testing::limit_fields;
using testing::limited;

class RateClosedTest : public ::testing::Test {
 protected:
  RateClosedTest() {
    here.guard.tell([this](const RateClosed& closed) { told.push_back(closed); });
    there.guard.tell([this](const RateClosed&) { ++told_back; });
  }
  void hear(const RateClosed& closed) { there.guard.hear(closed, there.time.executor()); }
  // What the other replica says to a request now: the wait, or nothing when it is admitted.
  std::optional<std::chrono::seconds> wait_there() {
    const GuardWorld::Entry entry = std::move(there.enter(there.ask()));
    if (!entry) return std::nullopt;
    return *entry ? std::nullopt : (*entry).error().retry_after();
  }

  GuardWorld here;
  GuardWorld there;
  std::vector<RateClosed> told;
  int told_back = 0;
};

TEST_F(RateClosedTest, APrimaryLimitClosesItsResourceOnAllReplicas) {
  GuardWorld::Entry& sent = here.enter(here.ask());
  const Result<> none_left = (*sent)->answered(200, limit_fields(0, kStart + 600s), {});
  EXPECT_TRUE(none_left);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], RateClosed(kInstallation, "core", kStart + 601s));
  hear(told[0]);
  EXPECT_EQ(wait_there(), 601s);
  RateAsk search = there.ask();
  search.resource = "search";
  EXPECT_TRUE(there.enter(std::move(search))->has_value());
  there.time.advance(601s);
  EXPECT_FALSE(wait_there());
  EXPECT_EQ(told_back, 0) << "what was heard is not told again";
}

TEST_F(RateClosedTest, ASecondaryLimitClosesTheInstallationOnAllReplicas) {
  GuardWorld::Entry& sent = here.enter(here.ask());
  EXPECT_FALSE((*sent)->answered(403, {}, limited(Limit::kSecondary, 60s)));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], RateClosed(kInstallation, "", kStart + 60s));
  there.time.advance(10s);
  hear(told[0]);
  EXPECT_EQ(wait_there(), 50s);
  there.time.advance(50s);
  EXPECT_FALSE(wait_there());
}

TEST_F(RateClosedTest, WhoWaitsOnAnotherReplicaIsSentAwayAtOnce) {
  RateOptions one_at_a_time;
  one_at_a_time.max_in_flight = 1;
  GuardWorld busy(one_at_a_time);
  const GuardWorld::Entry& first = busy.enter(busy.ask());
  const GuardWorld::Entry& second = busy.enter(busy.ask());
  EXPECT_TRUE(first->has_value());
  EXPECT_FALSE(second);
  busy.guard.hear(RateClosed(kInstallation, "core", kStart + 30s), busy.time.executor());
  busy.time.settle();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error().retry_after(), 30s);
}

TEST_F(RateClosedTest, NewsThatIsOverOrFarAwayClosesNothingForLong) {
  hear(RateClosed(kInstallation, "core", kStart));
  hear(RateClosed(kInstallation, "", kStart - 1s));
  EXPECT_FALSE(wait_there());
  hear(RateClosed(kInstallation, "", TimePoint::max()));
  EXPECT_EQ(wait_there(), 3600s);
}

TEST_F(RateClosedTest, ALongerClosingHereOutlastsTheNews) {
  GuardWorld::Entry& sent = there.enter(there.ask());
  EXPECT_FALSE((*sent)->answered(403, {}, limited(Limit::kSecondary, 120s)));
  hear(RateClosed(kInstallation, "", kStart + 60s));
  EXPECT_EQ(wait_there(), 120s);
}

TEST(SharedPlaces, AreDividedByTheReplicas) {
  std::size_t replicas = 4;
  RateOptions options;
  options.max_in_flight = 8;
  options.replicas = [&replicas] { return replicas; };
  GuardWorld world(options);
  world.open(4000);
  for (int place = 0; place < 2; ++place) EXPECT_TRUE(world.enter(world.ask())) << place;
  const GuardWorld::Entry& third = world.enter(world.ask());
  EXPECT_FALSE(third);
  replicas = 2;
  const GuardWorld::Entry& fourth = world.enter(world.ask());
  EXPECT_TRUE(third);
  EXPECT_TRUE(fourth);
  replicas = 100;
  GuardWorld many(options);
  many.open(4000);
  EXPECT_TRUE(many.enter(many.ask())) << "everybody has one";
}

TEST(SharedPlaces, AreForWritesATurnInTheFleet) {
  RateOptions options;
  options.replicas = [] { return std::size_t(3); };
  GuardWorld world(options);
  world.open(4000);
  EXPECT_TRUE(world.enter(world.write()));
  const GuardWorld::Entry& second = world.enter(world.write());
  world.time.advance(2900ms);
  EXPECT_FALSE(second);
  world.time.advance(100ms);
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace hubwarden::github
