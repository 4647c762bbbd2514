#include "fleet/shared_holdings.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "fleet/scripted_redis.h"
#include "fleet/seal_keys_fixture.h"
#include "tests/support/virtual_time.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using redis::Reply;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::VirtualTime;
using tokens::Swept;

// A Redis that may answer anything.
class HoldingsTest : public ::testing::Test {
 protected:
  Swept look() { return time.run(holdings.of("github.com", "agent x")); }
  bool is_a_list() const { return redis.asked.back().find("ZRANGE") != std::string::npos; }

  VirtualTime time{TimePoint(1'800'000'000s)};
  ScriptedRedis redis;
  SeededRandom random{1};
  obs::Metrics metrics;
  const SealKeys keys = keys_of("key");
  SharedTokens tokens{{redis, time, time.clock(), random, metrics}, keys};
  SharedHoldings holdings{{time.executor(), redis, tokens, time, time.clock(), random, metrics}, keys};
};

TEST_F(HoldingsTest, SayWhatRedisSaidOrThatItSaidNonsense) {
  EXPECT_EQ(look().incomplete->message(), "away");
  EXPECT_THAT(redis.asked, SizeIs(Patience::kTries));
  for (const Reply& nonsense : {Reply(), Reply::text_of("0"), Reply::integer_of(1)}) {
    redis.answer = [&nonsense] { return nonsense; };
    EXPECT_EQ(look().incomplete->code(), ErrorCode::kUpstreamProtocol);
  }
  redis.answer = [this] { return is_a_list() ? Reply::array_of(2) : Reply::array_of(3); };
  EXPECT_EQ(look().incomplete->code(), ErrorCode::kUpstreamProtocol);
}

TEST_F(HoldingsTest, CountWhatCannotBeOpened) {
  redis.answer = [this] {
    Reply reply = Reply::array_of(2);
    if (!is_a_list()) reply.items()[0] = Reply::text_of("rubbish");
    return reply;
  };
  const Swept found = look();
  EXPECT_EQ(found.unreadable, 1U) << "the other one has ended";
  EXPECT_FALSE(found.incomplete);
}

TEST_F(HoldingsTest, LookAtNoMoreThanTheirBound) {
  redis.answer = [this] { return is_a_list() ? Reply::array_of(100'000) : Reply::array_of(50); };
  const Swept found = look();
  ASSERT_TRUE(found.incomplete);
  EXPECT_THAT(found.incomplete->message(), HasSubstr("only the 1000 that end last"));
  EXPECT_THAT(redis.asked, SizeIs(1 + SharedHoldings::kMost / 50));
}

}  // namespace
}  // namespace hubwarden::fleet
