#include "redis/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "redis/single_client.h"
#include "tests/redis/redis_fixture.h"

namespace hubwarden::redis {
namespace {

using test::RedisProcess;
using ::testing::ElementsAre;

class RedisListenerTest : public RedisTest {
 protected:
  RedisListenerTest() {
    net::spawn(loops.executor(0), listener->run(), [](std::exception_ptr) { FAIL(); });
  }
  ~RedisListenerTest() override {
    run(listener->stop());
    run(client.stop());
  }

  void publish(std::string_view message) {
    std::string command = command_text({"PUBLISH", "channel", message});
    EXPECT_TRUE(net::block_on(loops.executor(1), client.ask("channel", std::move(command))));
  }

  std::vector<std::string> heard() { return *messages.lock(); }

  RedisProcess redis;
  SeededRandom random{1};
  std::atomic<int> beginnings{0};
  Guarded<std::vector<std::string>> messages;
  const std::shared_ptr<const Login> login = std::make_shared<const Login>();
  const Ear ear{[this](std::string_view message) { messages.lock()->emplace_back(message); },
                [this] { ++beginnings; }};
  const std::shared_ptr<Listener> listener =
      std::make_shared<Listener>(parts(), random, redis.endpoint(), login, "channel", ear);
  SingleClient client{parts(), redis.endpoint(), login};
};

TEST_F(RedisListenerTest, HearsWhatIsPublished) {
  ASSERT_TRUE(comes_true([&] { return beginnings == 1; }));
  publish("one");
  publish("two\r\n");
  ASSERT_TRUE(comes_true([&] { return heard().size() == 2; }));
  EXPECT_THAT(heard(), ElementsAre("one", "two\r\n"));
}

TEST_F(RedisListenerTest, SaysThatItMayHaveMissedSomething) {
  ASSERT_TRUE(comes_true([&] { return beginnings == 1; }));
  redis.kill();
  redis.start();
  ASSERT_TRUE(comes_true([&] { return beginnings == 2; }));
  ASSERT_TRUE(comes_true(
      [&] { return net::block_on(loops.executor(1), client.ask("", command_text({"PING"}))).has_value(); }));
  publish("after");
  ASSERT_TRUE(comes_true([&] { return heard().size() == 1; }));
}

}  // namespace
}  // namespace hubwarden::redis
