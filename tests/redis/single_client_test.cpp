#include "redis/single_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/script.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::redis {
namespace {

using test::RedisProcess;
using ::testing::HasSubstr;

class RedisSingleClientTest : public RedisTest {
 protected:
  ~RedisSingleClientTest() override { run(client.stop()); }

  // From another loop than the client's.
  Result<Reply> ask(std::initializer_list<std::string_view> words) {
    return net::block_on(loops.executor(1), client.ask("name", command_text(words)));
  }

  RedisProcess redis;
  SingleClient client{parts(), redis.endpoint(), std::make_shared<const Login>()};
};

TEST_F(RedisSingleClientTest, IsAskedFromAnyLoop) {
  ASSERT_TRUE(comes_true([&] { return ask({"SET", "name", "value"}).has_value(); }));
  EXPECT_EQ(ask({"GET", "name"})->text(), "value");
  EXPECT_TRUE(client.is_available());
}

TEST_F(RedisSingleClientTest, TakesAnErrorReplyForNone) {
  ASSERT_TRUE(comes_true([&] { return ask({"SET", "name", "value"}).has_value(); }));
  const Result<Reply> refused = ask({"INCR", "name"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("Redis says ERR value is not an integer"));
  EXPECT_TRUE(client.is_available());
}

TEST_F(RedisSingleClientTest, RunsScripts) {
  ASSERT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
  const Script script("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])");
  const auto run_script = [&](std::string value) {
    return net::block_on(loops.executor(1), script.run(client, {"name"}, {std::move(value)}));
  };
  EXPECT_EQ(run_script("one")->text(), "one") << "unknown to the server";
  EXPECT_EQ(run_script("two")->text(), "two") << "known";
  EXPECT_EQ(ask({"SCRIPT", "FLUSH"})->text(), "OK");
  EXPECT_EQ(run_script("three")->text(), "three") << "forgotten, as after a failover";
  EXPECT_THAT(ask({"INFO", "commandstats"})->text(), HasSubstr("cmdstat_eval:calls=2"));
}

TEST_F(RedisSingleClientTest, KnowsWhenItIsAway) {
  ASSERT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
  redis.kill();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(ask({"PING"}));
  EXPECT_FALSE(client.is_available());
  redis.start();
  EXPECT_TRUE(comes_true([&] { return ask({"PING"}).has_value(); }));
  EXPECT_TRUE(client.is_available());
}

}  // namespace
}  // namespace hubwarden::redis
