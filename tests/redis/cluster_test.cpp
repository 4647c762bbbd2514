// A cluster of three masters: keys everywhere, slots on the move, nodes that die.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "redis/script.h"
#include "redis/slots.h"
#include "tests/redis/access_fixture.h"
#include "tests/redis/cluster_world.h"

namespace hubwarden::redis {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr unsigned kFirstSlot[] = {0, 5461, 10923, kSlots};

class RedisClusterTest : public RedisAccessTest {
 protected:
  RedisClusterTest() {
    for (std::size_t i = 0; i < masters.size(); ++i) {
      const std::string first = std::to_string(kFirstSlot[i]);
      const std::string last = std::to_string(kFirstSlot[i + 1] - 1);
      masters[i].ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
      masters[i].ask({"CLUSTER", "ADDSLOTSRANGE", first, last});
      if (i > 0) masters[0].meet(masters[i]);
    }
    EXPECT_TRUE(comes_true([&] {
      return std::ranges::all_of(masters, [](const ClusterNode& node) {
        return node.says("cluster_state:ok") && node.says("cluster_known_nodes:3") &&
               node.ask({"CLUSTER", "SLOTS"}).items().size() == 3;
      });
    }));
  }
  ~RedisClusterTest() override { leave(); }

  // By way of one node alone, the last one.
  void enter_cluster() {
    Topology topology;
    topology.kind = Topology::Kind::kCluster;
    topology.endpoints = {test::FreePort().endpoint(), masters[2].endpoint()};
    enter(topology, login_of_user());
    for (const std::string& key : keys) ASSERT_TRUE(comes_to_answer(key));
  }

  std::size_t owner_of(const std::string& key) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(kFirstSlot, slot_of(key)) - kFirstSlot) - 1;
  }

  bool all_find(const std::string& key, const ClusterNode& owner) const {
    const std::string port = ":" + std::to_string(owner.endpoint().port());
    return std::ranges::all_of(masters, [&](const ClusterNode& node) {
      const Reply reply = node.ask({"GET", key});
      return &node == &owner ? reply.is_text() : reply.is_error() && reply.text().ends_with(port);
    });
  }

  std::array<ClusterNode, 3> masters;
  // One for each master: "foo" is in slot 12182, "bar" in 5061, "baz" in 4813, "qux" in 9995.
  const std::vector<std::string> keys = {"bar", "{qux}", "foo"};
};

TEST_F(RedisClusterTest, HasAKeyForEachMaster) {
  enter_cluster();
  std::vector<std::size_t> owners;
  for (const std::string& key : access.client->key_of_each()) {
    owners.push_back(owner_of(key));
    const Result<Reply> page = ask(key, {"SCAN", "0", "COUNT", "1000"});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->items()[1].items().size(), 1u);
    EXPECT_EQ(page->items()[1].items()[0].text(), keys[owners.back()]) << "that one alone lies there";
  }
  EXPECT_THAT(owners, UnorderedElementsAre(0u, 1u, 2u));
}

TEST_F(RedisClusterTest, IsAskedForEachKeyWhereItLies) {
  enter_cluster();
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i);
    EXPECT_TRUE(ask(key, {"SET", key, key})) << key;
  }
  std::int64_t kept = 0;
  for (const ClusterNode& node : masters) {
    const std::int64_t here = node.ask({"DBSIZE"}).integer();
    EXPECT_GT(here, 30);
    kept += here;
    EXPECT_FALSE(node.has_said("MOVED")) << "everything went where it belongs at once";
  }
  EXPECT_EQ(kept, 203);
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i);
    EXPECT_EQ(text_of(key, {"GET", key}), key);
  }
  EXPECT_TRUE(access.client->is_available());
}

TEST_F(RedisClusterTest, RunsScriptsOfOneSlot) {
  enter_cluster();
  const Script script("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])");
  for (const std::string& key : keys) {
    const auto run_script = [&] {
      return net::block_on(loops.executor(1), script.run(*access.client, {"{" + key + "}1"}, {"value"}));
    };
    EXPECT_EQ(run_script()->text(), "value");
    EXPECT_EQ(run_script()->text(), "value");
  }
  EXPECT_THAT(text_of("foo", {"MGET", "foo", "bar"}), HasSubstr("CROSSSLOT"));
}

TEST_F(RedisClusterTest, CarriesWhatIsPublishedToWhereverSomebodyListens) {
  enter_cluster();
  ASSERT_TRUE(comes_true([&] { return beginnings == 1; }));
  EXPECT_TRUE(comes_to_hear("anywhere"));
  for (const std::string& key : keys) {
    EXPECT_TRUE(ask(key, {"PUBLISH", "channel", key}));
    EXPECT_TRUE(comes_true([&] { return has_heard(key); })) << key;
  }
}

TEST_F(RedisClusterTest, IsFollowedWhileASlotMoves) {
  enter_cluster();
  const std::string slot = std::to_string(slot_of("{bar}"));
  ClusterNode& source = masters[0];
  ClusterNode& target = masters[1];
  ASSERT_EQ(owner_of("bar"), 0u);
  target.ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", source.id()});
  source.ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", target.id()});
  EXPECT_EQ(text_of("bar", {"GET", "bar"}), "value") << "still where it was";
  EXPECT_TRUE(ask("{bar}new", {"SET", "{bar}new", "new"})) << "new ones begin where the slot goes";
  EXPECT_TRUE(source.has_said("ASK"));
  EXPECT_EQ(target.ask({"CLUSTER", "COUNTKEYSINSLOT", slot}).integer(), 1);
  EXPECT_EQ(text_of("{bar}new", {"GET", "{bar}new"}), "new");
  EXPECT_THAT(text_of("bar", {"MGET", "bar", "{bar}new"}), HasSubstr("Redis says TRYAGAIN"));
  EXPECT_FALSE(source.has_said("MOVED"));

  const std::string port = std::to_string(target.endpoint().port());
  EXPECT_EQ(source.ask({"MIGRATE", "127.0.0.1", port, "bar", "0", "1000"}).text(), "OK");
  EXPECT_EQ(text_of("bar", {"GET", "bar"}), "value") << "by ASK";
  for (ClusterNode* const node : {&target, &source, &masters[2]}) {
    EXPECT_EQ(node->ask({"CLUSTER", "SETSLOT", slot, "NODE", target.id()}).text(), "OK");
  }
  EXPECT_EQ(text_of("bar", {"GET", "bar"}), "value");
  EXPECT_TRUE(source.has_said("MOVED"));
  EXPECT_EQ(text_of("{bar}new", {"GET", "{bar}new"}), "new");
}

TEST_F(RedisClusterTest, FailsNobodyWhileSlotsMoveUnderLoad) {
  enter_cluster();
  const std::string slot = std::to_string(slot_of("bar"));
  std::size_t at = 0;
  for (int round = 0; round < 6; ++round) {
    ClusterNode& source = masters[at];
    ClusterNode& target = masters[(at + 1) % 3];
    const auto look = [&] { EXPECT_EQ(text_of("bar", {"GET", "bar"}), "value") << "round " << round; };
    target.ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", source.id()});
    look();
    source.ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", target.id()});
    look();
    source.ask({"MIGRATE", "127.0.0.1", std::to_string(target.endpoint().port()), "bar", "0", "1000"});
    look();
    for (ClusterNode* const node : {&target, &source, &masters[(at + 2) % 3]}) {
      node->ask({"CLUSTER", "SETSLOT", slot, "NODE", target.id()});
      look();
    }
    // Whoever moves slots waits for this: until then two nodes may each say that the other one has it.
    EXPECT_TRUE(comes_true([&] { return all_find("bar", target); }));
    at = (at + 1) % 3;
  }
}

TEST_F(RedisClusterTest, GoesOnWithoutANodeThatDied) {
  enter_cluster();
  const std::size_t dead = owner_of("bar");
  // That is where it listens, too.
  ASSERT_EQ(*access.whereabouts->now(), masters[dead].endpoint());
  masters[dead].process().kill();
  EXPECT_TRUE(comes_true([&] { return !access.client->is_available() || !ask("bar", {"GET", "bar"}); }));
  EXPECT_FALSE(ask("bar", {"GET", "bar"}));
  for (const std::string& key : {keys[1], keys[2]}) {
    EXPECT_TRUE(comes_true([&, i = 0]() mutable {
      i = ask(key, {"GET", key}).has_value() ? i + 1 : 0;
      return i == 20;
    }));
  }
  EXPECT_TRUE(comes_true([&] {
    (void)ask("bar", {"GET", "bar"});
    return !access.client->is_available();
  }));
  EXPECT_TRUE(comes_to_hear("from another node"));
  masters[dead].process().start();
  EXPECT_TRUE(comes_to_answer("bar"));
  EXPECT_TRUE(comes_true([&] { return access.client->is_available(); }));
}

TEST_F(RedisClusterTest, GoesOnWithTheReplicaOfAMasterThatDied) {
  ClusterNode replica;
  masters[0].meet(replica);
  const std::string master = masters[0].id();
  ASSERT_TRUE(comes_true([&] {
    return replica.says("cluster_known_nodes:4") &&
           replica.ask({"CLUSTER", "REPLICATE", master}).text() == "OK";
  }));
  ASSERT_TRUE(comes_true([&] {
    return replica.ask({"INFO", "replication"}).text().find("master_link_status:up") != std::string::npos;
  }));
  ASSERT_TRUE(comes_true([&] {
    return std::ranges::all_of(masters, [&](const ClusterNode& node) {
      return node.ask({"CLUSTER", "NODES"}).text().find("slave " + master) != std::string::npos;
    });
  }));
  enter_cluster();
  ASSERT_TRUE(comes_true([&] { return replica.ask({"DBSIZE"}).integer() > 0; })) << "it has what was written";
  masters[0].process().kill();
  ASSERT_TRUE(comes_true([&] { return replica.says("cluster_my_epoch:") && ask("bar", {"GET", "bar"}); }));
  EXPECT_EQ(text_of("bar", {"GET", "bar"}), "value");
  EXPECT_TRUE(comes_to_answer("bar"));
  EXPECT_TRUE(comes_true([&] { return access.client->is_available(); }));
  EXPECT_TRUE(comes_to_hear("after"));
  leave();  // before the replica ends
}

TEST_F(RedisClusterTest, IsNoneWhereNobodyMadeOne) {
  ClusterNode alone;
  Topology topology;
  topology.kind = Topology::Kind::kCluster;
  topology.endpoints = {alone.endpoint()};
  enter(topology, login_of_user());
  ASSERT_TRUE(comes_true([&] { return log.count("redis.no_cluster") > 0; }));
  EXPECT_THAT(*log.last("redis.no_cluster").field("why"), HasSubstr("belongs to no cluster yet"));
  EXPECT_FALSE(ask("bar", {"GET", "bar"}));
  EXPECT_FALSE(access.client->is_available());
  leave();
}

}  // namespace
}  // namespace hubwarden::redis
