#include "redis/slots.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "redis/codec.h"

namespace hubwarden::redis {
namespace {

using net::Endpoint;

const Endpoint kAsked = Endpoint::tcp("asked.internal", 7000);

Reply reply_of(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  return std::move(**reader.next());
}

TEST(SlotOf, AgreesWithWhatServersCompute) {
  // The first is CRC16's published check value, 0x31C3; the others are what CLUSTER KEYSLOT of Redis 7 says.
  EXPECT_EQ(slot_of("123456789"), 0x31C3u);
  EXPECT_EQ(slot_of(""), 0u);
  EXPECT_EQ(slot_of("foo"), 12182u);
  EXPECT_EQ(slot_of("bar"), 5061u);
  EXPECT_EQ(slot_of("hello"), 866u);
  EXPECT_EQ(slot_of("\xFF\xFE"), 3374u);
}

TEST(SlotOf, IsThatOfTheFirstTag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("hubwarden:v1:{foo}:token"), 12182u);
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "an empty tag is none";
  EXPECT_NE(slot_of("{bar"), slot_of("bar"));
  EXPECT_NE(slot_of("}{bar"), slot_of("bar"));
}

std::string range(int first, int last, std::string_view node) {
  return "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n" + std::string(node);
}

constexpr std::string_view kOne = "*4\r\n$9\r\n127.0.0.1\r\n:7001\r\n$2\r\nid\r\n*0\r\n";
constexpr std::string_view kTwo = "*3\r\n$3\r\n::1\r\n:7002\r\n$2\r\nid\r\n";
constexpr std::string_view kUnnamed = "*3\r\n$-1\r\n:7003\r\n$2\r\nid\r\n";

TEST(SlotMap, SaysWhoHasASlot) {
  const auto map = SlotMap::read(
      reply_of("*3\r\n" + range(0, 99, kOne) + range(200, 16383, kTwo) + range(100, 100, kOne)), kAsked);
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->owner_of(0), Endpoint::tcp("127.0.0.1", 7001));
  EXPECT_EQ(*map->owner_of(99), Endpoint::tcp("127.0.0.1", 7001));
  EXPECT_EQ(*map->owner_of(100), Endpoint::tcp("127.0.0.1", 7001));
  EXPECT_EQ(map->owner_of(101), nullptr) << "nobody has it";
  EXPECT_EQ(*map->owner_of(16383), Endpoint::tcp("::1", 7002));
  EXPECT_EQ(map->nodes().size(), 2u);
}

TEST(SlotMap, TakesANodeWithoutAHostForTheOneThatWasAsked) {
  const auto map = SlotMap::read(reply_of("*1\r\n" + range(0, 16383, kUnnamed)), kAsked);
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->owner_of(5), Endpoint::tcp("asked.internal", 7003));
}

TEST(SlotMap, LearnsOfSingleSlots) {
  auto map = SlotMap::read(reply_of("*1\r\n" + range(0, 16383, kOne)), kAsked);
  ASSERT_TRUE(map);
  const Endpoint other = Endpoint::tcp("other", 1);
  EXPECT_FALSE(map->has(other));
  map->move(7, other);
  EXPECT_TRUE(map->has(other));
  EXPECT_EQ(*map->owner_of(7), other);
  EXPECT_EQ(*map->owner_of(8), Endpoint::tcp("127.0.0.1", 7001));
}

TEST(SlotMap, HasNoMoreNodesThanItsBound) {
  auto map = SlotMap::read(reply_of("*1\r\n" + range(0, 16383, kOne)), kAsked);
  ASSERT_TRUE(map);
  for (unsigned i = 0; i < SlotMap::kMaxNodes; ++i) {
    map->move(i, Endpoint::tcp("node", static_cast<std::uint16_t>(i + 1)));
  }
  EXPECT_EQ(map->nodes().size(), SlotMap::kMaxNodes);
  EXPECT_EQ(*map->owner_of(SlotMap::kMaxNodes - 1), Endpoint::tcp("127.0.0.1", 7001));
}

TEST(SlotMap, HasAKeyForEachNode) {
  const auto map = SlotMap::read(
      reply_of("*3\r\n" + range(0, 8191, kOne) + range(8193, 16383, kOne) + range(8192, 8192, kTwo)), kAsked);
  ASSERT_TRUE(map);
  const std::vector<std::string> keys = map->key_of_each();
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(*map->owner_of(slot_of(keys[0])), Endpoint::tcp("127.0.0.1", 7001));
  EXPECT_EQ(slot_of(keys[1]), 8192u);
}

TEST(SlotMap, FindsAKeyForAnySlot) {
  std::set<unsigned> slots;
  for (unsigned number = 0; number < SlotMap::kNumbersInAllSlots; ++number)
    slots.insert(slot_of(std::to_string(number)));
  EXPECT_EQ(slots.size(), kSlots);
}

TEST(SlotMap, LeavesToNobodyWhatCannotBeReached) {
  const auto map = SlotMap::read(reply_of("*1\r\n" + range(0, 1, "*2\r\n$1\r\n?\r\n:7000\r\n")), kAsked);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->owner_of(0), nullptr);
  EXPECT_TRUE(map->nodes().empty());
}

TEST(SlotMap, IsNotReadFromAnythingElse) {
  const auto error = SlotMap::read(reply_of("-ERR This instance has cluster support disabled\r\n"), kAsked);
  EXPECT_EQ(error.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(error.error().message(), "Redis says ERR This instance has cluster support disabled");
  EXPECT_EQ(SlotMap::read(reply_of("*0\r\n"), kAsked).error().message(),
            "Redis at asked.internal:7000 belongs to no cluster yet");
  for (const std::string& odd :
       {std::string(":1\r\n"), std::string("$-1\r\n"), std::string("*1\r\n:1\r\n"),
        std::string("*1\r\n*2\r\n:0\r\n:1\r\n"), "*1\r\n" + range(-1, 5, kOne), "*1\r\n" + range(5, 4, kOne),
        "*1\r\n" + range(0, 16384, kOne), "*1\r\n" + range(0, 1, "*1\r\n$1\r\na\r\n"),
        "*1\r\n" + range(0, 1, "*2\r\n:1\r\n:1\r\n"), "*1\r\n" + range(0, 1, "*2\r\n$1\r\na\r\n$1\r\n1\r\n"),
        std::string("*1\r\n*3\r\n$1\r\n0\r\n:1\r\n") + std::string(kOne)}) {
    const auto map = SlotMap::read(reply_of(odd), kAsked);
    ASSERT_FALSE(map) << odd;
    EXPECT_EQ(map.error().code(), ErrorCode::kUpstreamProtocol) << odd;
  }
}

TEST(ReadEndpoint, TakesHostsAndPortsAlone) {
  EXPECT_EQ(read_endpoint("redis-0.redis", 6379, kAsked), Endpoint::tcp("redis-0.redis", 6379));
  EXPECT_EQ(read_endpoint("", 1, kAsked), Endpoint::tcp("asked.internal", 1));
  EXPECT_FALSE(read_endpoint("", 1, Endpoint::unix_socket("/run/redis.sock")));
  for (const std::string_view host : {"?", "a b", "/run/redis.sock", "a\r\nb", "user@host"}) {
    EXPECT_FALSE(read_endpoint(host, 6379, kAsked)) << host;
  }
  EXPECT_FALSE(read_endpoint(std::string(254, 'a'), 6379, kAsked));
  for (const std::int64_t port : {-1L, 0L, 65536L}) EXPECT_FALSE(read_endpoint("a", port, kAsked)) << port;
}

}  // namespace
}  // namespace hubwarden::redis
