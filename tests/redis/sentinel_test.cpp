// Sentinels that watch a master and its replica: what hubwarden notices of a failover, and how soon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/redis/access_fixture.h"
#include "tests/redis/free_port.h"

namespace hubwarden::redis {
namespace {

using namespace std::chrono_literals;
using test::FreePort;
using test::RedisProcess;
using ::testing::HasSubstr;

std::vector<std::string> replica_of(const FreePort& master, const FreePort& port) {
  return {"--port", port.text(), "--replicaof", "127.0.0.1 " + master.text(), "--repl-diskless-sync-delay",
          "0"};
}

// One of so many that have to agree.
class SentinelProcess {
 public:
  SentinelProcess(const FreePort& master, int quorum)
      : process_({"--sentinel", "--port", port_.text()},
                 "sentinel monitor main 127.0.0.1 " + master.text() + " " + std::to_string(quorum) +
                     "\nsentinel down-after-milliseconds main 400\nsentinel failover-timeout main 2000\n") {}

  net::Endpoint endpoint() const { return port_.endpoint(); }
  // A number that SENTINEL MASTER tells.
  std::string told(std::string_view name) const {
    const Reply reply = process_.ask({"SENTINEL", "MASTER", "main"});
    const std::vector<Reply>& parts = reply.items();
    const auto place = std::ranges::find(parts, name, &Reply::text);
    return place == parts.end() ? "" : (place + 1)->text();
  }
  std::string master_port() const {
    const Reply reply = process_.ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"});
    return reply.items().size() == 2 ? reply.items()[1].text() : "";
  }
  Reply ask(std::initializer_list<std::string_view> words) const { return process_.ask(words); }
  void kill() { process_.kill(); }

 private:
  FreePort port_;
  RedisProcess process_;
};

class RedisSentinelTest : public RedisAccessTest {
 protected:
  RedisSentinelTest() {
    EXPECT_TRUE(comes_true([&] {
      return replica.ask({"INFO", "replication"}).text().find("master_link_status:up") != std::string::npos;
    }));
  }
  ~RedisSentinelTest() override { leave(); }

  void watch(std::size_t count, int quorum) {
    for (std::size_t i = 0; i < count; ++i) {
      sentinels.push_back(std::make_unique<SentinelProcess>(master_port, quorum));
    }
    for (const auto& sentinel : sentinels) {
      EXPECT_TRUE(comes_true([&] {
        return sentinel->told("num-slaves") == "1" &&
               sentinel->told("num-other-sentinels") == std::to_string(count - 1);
      }));
    }
  }

  Topology topology() const {
    Topology topology;
    topology.kind = Topology::Kind::kSentinel;
    topology.master = "main";
    for (const auto& sentinel : sentinels) topology.endpoints.push_back(sentinel->endpoint());
    return topology;
  }

  // The server that commands reach, by its port.
  std::string reached() {
    const Result<Reply> reply = ask("key", {"CONFIG", "GET", "port"});
    return reply && reply->items().size() == 2 ? reply->items()[1].text() : "";
  }

  const std::shared_ptr<const Login> login = std::make_shared<const Login>();
  FreePort master_port;
  FreePort replica_port;
  RedisProcess master{{"--port", master_port.text(), "--repl-diskless-sync-delay", "0"}};
  RedisProcess replica{replica_of(master_port, replica_port)};
  std::vector<std::unique_ptr<SentinelProcess>> sentinels;
};

TEST_F(RedisSentinelTest, LeadToTheNewMasterWhenTheOldOneDies) {
  watch(3, 2);
  Topology those = topology();
  those.endpoints.insert(those.endpoints.begin(), FreePort().endpoint());  // nobody is there
  enter(those, login);
  ASSERT_TRUE(comes_to_answer("key"));
  EXPECT_EQ(reached(), master_port.text());
  EXPECT_TRUE(comes_to_hear("before"));
  EXPECT_TRUE(access.client->is_available());
  const int began = beginnings;

  sentinels.front()->kill();
  master.kill();
  ASSERT_TRUE(comes_true([&] { return sentinels.back()->master_port() == replica_port.text(); }));
  const SteadyPoint known = clock.steady_now();
  ASSERT_TRUE(comes_to_answer("key"));
  EXPECT_LT(clock.steady_now() - known, 2s);
  EXPECT_EQ(reached(), replica_port.text());
  EXPECT_TRUE(access.client->is_available());
  EXPECT_TRUE(comes_to_hear("after"));
  EXPECT_GT(beginnings, began) << "whoever hears knows that it may have missed something";
  EXPECT_LT(clock.steady_now() - known, 4s);
}

TEST_F(RedisSentinelTest, LeadAwayFromAMasterThatGoesOnAsAReplica) {
  watch(1, 1);
  enter(topology(), login);
  ASSERT_TRUE(comes_to_answer("key"));
  EXPECT_TRUE(comes_to_hear("before"));
  // It has to have heard from the replica before.
  ASSERT_TRUE(
      comes_true([&] { return sentinels.front()->ask({"SENTINEL", "FAILOVER", "main"}).text() == "OK"; }));
  ASSERT_TRUE(comes_true([&] { return sentinels.front()->master_port() == replica_port.text(); }));
  // Nobody asks for anything meanwhile.
  ASSERT_TRUE(comes_true([&] { return access.whereabouts->now() == replica_port.endpoint(); }));
  EXPECT_TRUE(comes_to_answer("key"));
  EXPECT_EQ(reached(), replica_port.text());
  EXPECT_TRUE(comes_to_hear("after"));
  EXPECT_TRUE(comes_true([&] {
    return replica.ask({"PUBSUB", "NUMSUB", "channel"}).items()[1].integer() == 1 &&
           master.ask({"PUBSUB", "NUMSUB", "channel"}).items()[1].integer() == 0;
  }));
}

TEST_F(RedisSentinelTest, AreNotBelievedWhenTheyNameAReplica) {
  watch(1, 1);
  EXPECT_EQ(master.ask({"REPLICAOF", "127.0.0.1", replica_port.text()}).text(), "OK");
  enter(topology(), login);
  ASSERT_TRUE(comes_true([&] { return log.count("redis.no_master") > 0; }));
  EXPECT_THAT(*log.last("redis.no_master").field("why"), HasSubstr("is no master but 'slave'"));
  EXPECT_FALSE(ask("key", {"PING"}));
  EXPECT_FALSE(access.client->is_available());
  EXPECT_EQ(master.ask({"REPLICAOF", "NO", "ONE"}).text(), "OK");
  EXPECT_TRUE(comes_to_answer("key"));
  EXPECT_TRUE(access.client->is_available());
}

TEST_F(RedisSentinelTest, AreToldByNameWhatTheyDoNotKnow) {
  watch(1, 1);
  Topology wrong = topology();
  wrong.master = "other";
  enter(wrong, login);
  ASSERT_TRUE(comes_true([&] { return log.count("redis.no_master") > 0; }));
  EXPECT_THAT(*log.last("redis.no_master").field("why"), HasSubstr("knows no master other"));
  const SteadyPoint before = clock.steady_now();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(ask("key", {"PING"}));
  EXPECT_LT(clock.steady_now() - before, 2s) << "nobody waits for what is not known";
}

TEST_F(RedisSentinelTest, MayAllBeAwayWhileTheMasterLives) {
  watch(1, 1);
  enter(topology(), login);
  ASSERT_TRUE(comes_to_answer("key"));
  sentinels.front()->kill();
  ASSERT_TRUE(comes_true([&] { return log.count("redis.no_master") > 0; }));
  EXPECT_TRUE(ask("key", {"GET", "key"}));
  EXPECT_TRUE(comes_to_hear("still"));
  EXPECT_TRUE(access.client->is_available());
}

}  // namespace
}  // namespace hubwarden::redis
