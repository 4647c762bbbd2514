#include "fleet/shared_sweep.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "fleet/patient_ask.h"
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

Reply page_of(std::string_view cursor, const std::vector<std::string>& names) {
  Reply page = Reply::array_of(2);
  page.items()[0] = Reply::text_of(cursor);
  page.items()[1] = Reply::array_of(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) page.items()[1].items()[i] = Reply::text_of(names[i]);
  return page;
}

// A Redis that may answer anything.
class SweepTest : public ::testing::Test {
 protected:
  Swept look() {
    return time.run(sweep.sweep([](const tokens::Scope&) { return true; }));
  }

  VirtualTime time{TimePoint(1'800'000'000s)};
  ScriptedRedis redis;
  const SealKeys keys = keys_of("key");
  SharedSweep sweep{{redis, time, time.clock()}, keys};
};

TEST_F(SweepTest, LooksAtNothingButTokens) {
  redis.answer = [] {
    return page_of("0", {"hubwarden:v1:{x}:lock", "somebody's", "", "hubwarden:v1:token",
                         "hubwarden:v1:" + std::string(200, 'x') + ":token"});
  };
  const Swept swept = look();
  ASSERT_THAT(redis.asked, SizeIs(1));
  EXPECT_THAT(redis.asked.front(), HasSubstr("hubwarden:v1:*:token"));
  EXPECT_FALSE(swept.incomplete);
}

TEST_F(SweepTest, SaysWhatRedisSaidOrThatItSaidNonsense) {
  EXPECT_EQ(look().incomplete->message(), "away");
  for (const Reply& nonsense : {Reply(), Reply::text_of("0"), Reply::array_of(2), Reply::array_of(3)}) {
    redis.answer = [&nonsense] { return nonsense; };
    const Swept swept = look();
    ASSERT_TRUE(swept.incomplete);
    EXPECT_EQ(swept.incomplete->code(), ErrorCode::kUpstreamProtocol);
  }
}

TEST_F(SweepTest, TriesAgainWhatWasLate) {
  int late = Patience::kTries - 1;
  redis.answer = [&]() -> Result<Reply> {
    if (late-- > 0) return fail(ErrorCode::kUnavailable, "Redis did not answer in time");
    return page_of("0", {});
  };
  EXPECT_FALSE(look().incomplete);
  EXPECT_THAT(redis.asked, SizeIs(Patience::kTries));
}

TEST_F(SweepTest, EndsThoughRedisNeverDoes) {
  redis.answer = [this] {
    time.clock().advance(1ms);
    return page_of("7", {});
  };
  const Swept swept = look();
  ASSERT_TRUE(swept.incomplete);
  EXPECT_EQ(swept.incomplete->message(), "it takes more than 5 seconds");
}

TEST_F(SweepTest, LooksAtNoMoreThanItsBound) {
  const std::vector<std::string> names(1000, "hubwarden:v1:{x}:token");
  redis.answer = [&] {
    return redis.asked.back().find("SCAN") != std::string::npos ? page_of("7", names) : Reply();
  };
  const Swept swept = look();
  ASSERT_TRUE(swept.incomplete);
  EXPECT_EQ(swept.incomplete->message(), "more than 200000 tokens lie there");
  EXPECT_EQ(redis.asked.size(), SharedSweep::kMostKeys + SharedSweep::kMostKeys / 1000);
}

}  // namespace
}  // namespace hubwarden::fleet
