// Replicas that share a real Redis, and the tokens that they have promised to end.

#include "fleet/shared_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fleet/seal_keys_fixture.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tokens::EndingPtr;

constexpr TimePoint kDue{std::chrono::seconds(1'800'000'000)};

EndingPtr ending(std::string_view token, Duration after = 0s, std::string host = "github.com") {
  const TimePoint due = kDue + std::chrono::duration_cast<TimePoint::duration>(after);
  return std::make_shared<const tokens::Ending>(tokens::AppRef(std::move(host), "12"), Secret(token), "", due,
                                                due + 45min);
}

class SharedEndsTest : public redis::RedisTest {
 protected:
  SharedEndsTest() {
    EXPECT_TRUE(
        comes_true([&] { return on_loop(client.ask("", redis::command_text({"PING"}))).has_value(); }));
  }
  ~SharedEndsTest() override { run(client.stop()); }

  template <class T>
  T on_loop(net::Task<T> task) {
    return net::block_on(loops.executor(1), std::move(task));
  }
  bool keep(const EndingPtr& promised) { return on_loop(one.keep(promised)); }
  std::vector<std::string> claim(SharedEnds& replica, TimePoint now, std::size_t most = 100,
                                 std::string host = "github.com") {
    std::vector<std::string> claimed;
    for (const EndingPtr& each : on_loop(replica.claim(std::move(host), now, most))) {
      claimed.emplace_back(each->token.reveal());
    }
    return claimed;
  }

  test::RedisProcess redis;
  redis::SingleClient client{parts(), redis.endpoint(), std::make_shared<const redis::Login>()};
  SystemRandom random;
  const SealKeys keys = keys_of("key"), other_keys = keys_of("another key");
  SharedEnds one{{client, random}, keys};
  SharedEnds other{{client, random}, keys};
  SharedEnds stranger{{client, random}, other_keys};
};

TEST_F(SharedEndsTest, GivesOutWhatIsOverdueOnceInAWhile) {
  EXPECT_TRUE(keep(ending("a")));
  EXPECT_TRUE(keep(ending("b", 1h)));
  const TimePoint overdue = kDue + SharedEnds::kGrace;
  EXPECT_THAT(claim(other, overdue - 1ms), IsEmpty()) << "whoever promised it has a little longer";
  EXPECT_THAT(claim(other, overdue), ElementsAre("a"));
  EXPECT_THAT(claim(one, overdue + 1s), IsEmpty()) << "it is another's";
  EXPECT_THAT(claim(one, overdue + SharedEnds::kClaim), ElementsAre("a"));
  run(one.drop(ending("a")));
  EXPECT_THAT(claim(other, overdue + 2 * SharedEnds::kClaim), IsEmpty());
  EXPECT_THAT(claim(other, overdue + 1h), ElementsAre("b"));
}

TEST_F(SharedEndsTest, GivesOutAFewAtATimeAndEachToOne) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(keep(ending("t" + std::to_string(i))));
  const TimePoint overdue = kDue + SharedEnds::kGrace;
  std::vector<std::string> all;
  for (SharedEnds* const replica : {&one, &other, &one}) {
    for (std::string& each : claim(*replica, overdue, 8)) all.push_back(std::move(each));
  }
  std::ranges::sort(all);
  EXPECT_EQ(all.size(), 20U);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

TEST_F(SharedEndsTest, KeepsHostsApart) {
  EXPECT_TRUE(keep(ending("a")));
  EXPECT_TRUE(keep(ending("b", 0s, "ghe.example.com")));
  EXPECT_THAT(claim(one, kDue + 1min, 100, "ghe.example.com"), ElementsAre("b"));
  EXPECT_THAT(claim(one, kDue + 1min), ElementsAre("a"));
}

TEST_F(SharedEndsTest, IsTheSameHoweverOftenItIsKept) {
  EXPECT_TRUE(keep(ending("a")));
  EXPECT_TRUE(keep(ending("a")));
  EXPECT_THAT(claim(other, kDue + 1min), ElementsAre("a"));
}

TEST_F(SharedEndsTest, ShowsNobodyWhatWaits) {
  EXPECT_TRUE(keep(ending("ghs_secret")));
  constexpr std::string_view kAll =
      "local all = '' for _, key in ipairs(redis.call('KEYS', '*')) do "
      "local is_hash = redis.call('TYPE', key).ok == 'hash' "
      "local lying = is_hash and redis.call('HGETALL', key) or redis.call('ZRANGE', key, 0, -1) "
      "all = all .. key .. table.concat(lying) end return all";
  const auto shown = on_loop(client.ask("", redis::command_text({"EVAL", kAll, "0"})));
  ASSERT_TRUE(shown && shown->is_text());
  EXPECT_GT(shown->text().size(), 100U);
  EXPECT_EQ(shown->text().find("ghs_"), std::string::npos);
  EXPECT_EQ(shown->text().find("github.com"), std::string::npos);
  EXPECT_THAT(claim(stranger, kDue + 1min), IsEmpty());
}

TEST_F(SharedEndsTest, KnowsOfNothingWithoutRedis) {
  redis.kill();
  EXPECT_FALSE(keep(ending("a")));
  EXPECT_THAT(claim(one, kDue + 1min), IsEmpty());
  run(one.drop(ending("a")));
}

}  // namespace
}  // namespace hubwarden::fleet
