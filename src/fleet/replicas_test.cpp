#include "fleet/replicas.h"

#include <gmock/gmock.h>

#include "fleet/scripted_redis.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ReplicasTest : public ::testing::Test {
 protected:
  ~ReplicasTest() override { time.run(replicas.stop()); }

  // What it last published, as its listener would hear it.
  std::string own_message() const {
    const std::string& command = redis.asked.back();
    return command.substr(command.find("here "), 5 + 16);
  }
  // Time passes, in which it hears itself, and these others as well.
  void hear_for(Duration length, std::initializer_list<std::string_view> others) {
    for (Duration passed{}; passed < length; passed += Replicas::kEvery) {
      time.advance(Replicas::kEvery);
      for (const std::string_view other : others) replicas.heard(other);
      replicas.heard(own_message());
    }
  }

  hubwarden::testing::VirtualTime time{TimePoint(std::chrono::seconds(1'800'000'000))};
  SeededRandom random{1};
  obs::Metrics metrics;
  ScriptedRedis redis;
  Replicas replicas{{time.executor(), redis, time, time.clock(), random, metrics}};
};

TEST_F(ReplicasTest, SayThatTheyAreThereAndCountEachOther) {
  replicas.start();
  time.settle();
  EXPECT_THAT(redis.asked.at(0), HasSubstr("PUBLISH"));
  EXPECT_EQ(replicas.count(), 1U) << "itself, though it was not heard yet";
  hear_for(4s, {"here a", "here b"});
  EXPECT_EQ(replicas.count(), 3U);
  EXPECT_EQ(metrics.gauge("hubwarden_fleet_replicas", "Replicas of the fleet, as last seen").value(), 3);
  hear_for(20s, {"here b"});
  EXPECT_EQ(replicas.count(), 2U) << "one is gone";
}

TEST_F(ReplicasTest, AreAsManyAsLastSeenWhileNothingIsHeard) {
  replicas.start();
  time.settle();
  hear_for(4s, {"here a"});
  time.advance(1h);
  EXPECT_EQ(replicas.count(), 2U);
}

TEST_F(ReplicasTest, PassOverWhatOthersSayOnTheChannel) {
  replicas.start();
  time.settle();
  replicas.heard("released 0123");
  replicas.heard("here " + std::string(1000, 'x'));
  replicas.heard("");
  EXPECT_EQ(replicas.count(), 1U);
  for (std::size_t i = 0; i < 2 * Replicas::kMax; ++i) replicas.heard("here " + std::to_string(i));
  EXPECT_EQ(replicas.count(), 1 + Replicas::kMax);
}

}  // namespace
}  // namespace hubwarden::fleet
