// The client against a real Redis.

#include "redis/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <future>
#include <vector>

#include "tests/redis/redis_fixture.h"

namespace hubwarden::redis {
namespace {

using namespace std::chrono_literals;
using test::RedisProcess;
using ::testing::HasSubstr;
using ::testing::Not;

class RedisServerTest : public RedisTest {
 protected:
  ~RedisServerTest() override {
    for (const auto& server : servers) net::block_on(loops.executor(0), stop(server));
  }

  std::shared_ptr<Server> server_of(const RedisProcess& redis, Login login = Login()) {
    auto who = std::make_shared<const Login>(std::move(login));
    servers.push_back(std::make_shared<Server>(parts(), redis.endpoint(), std::move(who)));
    return servers.back();
  }

  static net::Task<bool> stop(std::shared_ptr<Server> server) {
    net::Task<> stopping = server->stop();
    co_await std::move(stopping);
    co_return true;
  }

  Result<Reply> ask(const std::shared_ptr<Server>& server, std::initializer_list<std::string_view> words,
                    SteadyPoint::duration patience = 5s) {
    const SteadyPoint deadline = clock.steady_now() + patience;
    return net::block_on(loops.executor(0), server->ask(command_text(words), deadline));
  }

  bool comes_back(const std::shared_ptr<Server>& server) {
    return comes_true([&] { return ask(server, {"PING"}).has_value(); });
  }

  std::vector<std::shared_ptr<Server>> servers;
};

TEST_F(RedisServerTest, AsksAndIsAnswered) {
  const RedisProcess redis;
  const auto server = server_of(redis);
  EXPECT_EQ(ask(server, {"SET", "name", "a\r\nvalue"})->text(), "OK");
  EXPECT_EQ(ask(server, {"GET", "name"})->text(), "a\r\nvalue");
  EXPECT_TRUE(ask(server, {"GET", "other"})->is_nil());
  EXPECT_EQ(ask(server, {"INCR", "name"})->kind(), Reply::Kind::kError);
  EXPECT_EQ(ask(server, {"INCR", "count"})->integer(), 1);
}

net::Task<bool> increase(std::shared_ptr<Server> server, SteadyPoint deadline) {
  net::Task<Result<Reply>> asking = server->ask(command_text({"INCR", "count"}), deadline);
  const Result<Reply> reply = co_await std::move(asking);
  co_return reply && reply->is_integer();
}

TEST_F(RedisServerTest, TakesManyAtOnce) {
  const RedisProcess redis;
  const auto server = server_of(redis);
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 1000; ++i) {
    auto promise = std::make_shared<std::promise<bool>>();
    answers.push_back(promise->get_future());
    boost::asio::co_spawn(loops.executor(0), increase(server, clock.steady_now() + 10s),
                          [promise](std::exception_ptr, bool done) { promise->set_value(done); });
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  EXPECT_EQ(ask(server, {"GET", "count"})->text(), "1000");
}

TEST_F(RedisServerTest, LogsInAndChoosesItsDatabase) {
  const RedisProcess redis({"--requirepass", "sesame", "--user", "agent", "on", ">hush", "~*", "+@all"});
  Login login;
  login.password = Secret("sesame");
  login.database = 3;
  const auto server = server_of(redis, std::move(login));
  ASSERT_TRUE(ask(server, {"SET", "name", "value"}));
  EXPECT_THAT(ask(server, {"INFO", "keyspace"})->text(), HasSubstr("db3:keys=1"));
  EXPECT_THAT(ask(server, {"CLIENT", "LIST"})->text(), HasSubstr("name=hubwarden"));
  Login agent;
  agent.user = "agent";
  agent.password = Secret("hush");
  EXPECT_EQ(ask(server_of(redis, std::move(agent)), {"ACL", "WHOAMI"})->text(), "agent");
}

TEST_F(RedisServerTest, IsToldWhyItMayNotEnter) {
  const RedisProcess redis({"--requirepass", "sesame"});
  Login login;
  login.password = Secret("wrong");
  const auto refused = ask(server_of(redis, std::move(login)), {"PING"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("Redis refuses us: WRONGPASS"));
  const auto unknown = ask(server_of(redis), {"PING"});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("NOAUTH"));
}

TEST_F(RedisServerTest, ShowsNoPasswordThatTheServerRepeats) {
  // Without the command, its answer holds what it was sent.
  const RedisProcess redis({"--rename-command", "AUTH", "ENTER"});
  Login login;
  login.password = Secret("sesame");
  const auto refused = ask(server_of(redis, std::move(login)), {"PING"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("Redis refuses us: ERR"));
  EXPECT_THAT(refused.error().message() + log.text(), Not(HasSubstr("sesame")));
}

TEST_F(RedisServerTest, ComesBackAfterACrash) {
  RedisProcess redis;
  const auto server = server_of(redis);
  ASSERT_TRUE(ask(server, {"SET", "name", "value"}));
  redis.kill();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(ask(server, {"PING"}));
  EXPECT_FALSE(server->is_available());
  redis.start();
  EXPECT_TRUE(comes_back(server));
  EXPECT_TRUE(server->is_available());
  EXPECT_TRUE(ask(server, {"GET", "name"})->is_nil());
}

TEST_F(RedisServerTest, LosesNoMoreThanAFewDeadlinesToOneThatHangs) {
  RedisProcess redis;
  const auto server = server_of(redis);
  ASSERT_TRUE(ask(server, {"PING"}));
  redis.pause();
  int waited = 0;
  for (int i = 0; i < 20; ++i) {
    const SteadyPoint before = clock.steady_now();
    EXPECT_FALSE(ask(server, {"PING"}, 50ms));
    if (clock.steady_now() - before >= 50ms) ++waited;
  }
  EXPECT_LE(waited, 6) << "after the third, one in 250 ms and more tries for all";
  EXPECT_FALSE(server->is_available());
  redis.go_on();
  EXPECT_TRUE(comes_back(server));
}

}  // namespace
}  // namespace hubwarden::redis
