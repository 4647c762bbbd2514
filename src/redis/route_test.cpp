#include "redis/route.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::redis {
namespace {

using net::Endpoint;

const Endpoint kFirst = Endpoint::tcp("127.0.0.1", 7001);
const Endpoint kOther = Endpoint::tcp("127.0.0.1", 7002);

TEST(Route, EndsAtTheAnswer) {
  Route route(kFirst);
  EXPECT_EQ(route.where(), kFirst);
  EXPECT_FALSE(route.is_importing());
  EXPECT_FALSE(route.goes_on(Reply::text_of("MOVED 1 127.0.0.1:7002"))) << "a value, not an error";
  EXPECT_FALSE(route.is_map_old());
  EXPECT_FALSE(route.goes_on(Reply::error_of("NOSCRIPT No matching script.")));
  EXPECT_FALSE(route.is_map_old());
}

TEST(Route, FollowsASlotThatHasMoved) {
  Route route(kFirst);
  EXPECT_TRUE(route.goes_on(Reply::error_of("MOVED 3999 127.0.0.1:7002")));
  EXPECT_EQ(route.where(), kOther);
  EXPECT_FALSE(route.is_importing());
  ASSERT_TRUE(route.moved());
  EXPECT_EQ(route.moved()->slot, 3999u);
  EXPECT_EQ(route.moved()->owner, kOther);
  EXPECT_TRUE(route.is_map_old());
  EXPECT_FALSE(route.goes_on(Reply::integer_of(1)));
  EXPECT_FALSE(route.moved()) << "that was learnt before";
}

TEST(Route, AsksOnceWhereASlotIsMovingTo) {
  Route route(kFirst);
  EXPECT_TRUE(route.goes_on(Reply::error_of("ASK 3999 127.0.0.1:7002")));
  EXPECT_EQ(route.where(), kOther);
  EXPECT_TRUE(route.is_importing());
  EXPECT_FALSE(route.moved()) << "it has not moved yet";
  EXPECT_FALSE(route.is_map_old());
  EXPECT_TRUE(route.goes_on(Reply::error_of("MOVED 3999 127.0.0.1:7001")));
  EXPECT_FALSE(route.is_importing());
}

TEST(Route, ReadsHostsOfAllKinds) {
  Route route(Endpoint::tcp("asked.internal", 7001));
  EXPECT_TRUE(route.goes_on(Reply::error_of("MOVED 1 ::1:7002")));
  EXPECT_EQ(route.where(), Endpoint::tcp("::1", 7002));
  EXPECT_TRUE(route.goes_on(Reply::error_of("MOVED 1 redis-1.redis:7002")));
  EXPECT_EQ(route.where(), Endpoint::tcp("redis-1.redis", 7002));
  EXPECT_TRUE(route.goes_on(Reply::error_of("MOVED 1 :7003"))) << "the host that was asked";
  EXPECT_EQ(route.where(), Endpoint::tcp("redis-1.redis", 7003));
}

TEST(Route, IsNotEndless) {
  Route route(kFirst);
  int turns = 0;
  while (turns < 100 && route.goes_on(Reply::error_of("MOVED 1 127.0.0.1:7002"))) ++turns;
  EXPECT_EQ(turns, Route::kMaxTurns);
}

TEST(Route, EndsWhereTheClusterCannotAnswer) {
  for (const char* const error :
       {"CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request during rehashing of slot",
        "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
        "READONLY You can't write against a read only replica.", "MOVED", "MOVED 1", "MOVED x 127.0.0.1:7002",
        "MOVED 16384 127.0.0.1:7002", "MOVED 1 127.0.0.1", "MOVED 1 127.0.0.1:0", "MOVED 1 ?:7002",
        "ASK 1 127.0.0.1:70000", "ASK 1 127.0.0.1:x"}) {
    Route route(kFirst);
    EXPECT_FALSE(route.goes_on(Reply::error_of(error))) << error;
    EXPECT_TRUE(route.is_map_old()) << error;
    EXPECT_FALSE(route.moved()) << error;
    EXPECT_EQ(route.where(), kFirst) << error;
  }
}

}  // namespace
}  // namespace hubwarden::redis
