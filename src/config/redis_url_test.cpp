// `redis.url`, and what has to stand beside it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/fake_files.h"
#include "config/load.h"
#include "config/values.h"

namespace hubwarden::config {
namespace {

using Kind = RedisServer::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RedisUrl, NamesOneServer) {
  const auto plain = parse_redis_url("redis://redis.example.com");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->kind, Kind::kSingle);
  EXPECT_THAT(plain->addresses, ElementsAre(RedisAddress("redis.example.com", 6379)));
  EXPECT_FALSE(plain->is_tls);
  EXPECT_EQ(plain->user, "");
  EXPECT_EQ(plain->database, 0);
  const auto full = parse_redis_url("rediss://hubwarden@[::1]:6380/7");
  ASSERT_TRUE(full);
  EXPECT_THAT(full->addresses, ElementsAre(RedisAddress("::1", 6380)));
  EXPECT_TRUE(full->is_tls);
  EXPECT_EQ(full->user, "hubwarden");
  EXPECT_EQ(full->database, 7);
}

TEST(RedisUrl, NamesASocket) {
  const auto server = parse_redis_url("unix:///run/redis/redis.sock?db=2");
  ASSERT_TRUE(server);
  EXPECT_THAT(server->addresses, ElementsAre(RedisAddress("/run/redis/redis.sock", 0)));
  EXPECT_EQ(server->database, 2);
  EXPECT_EQ(parse_redis_url("unix:///run/redis.sock")->database, 0);
}

TEST(RedisUrl, NamesSentinelsAndTheMasterThatTheyWatch) {
  const auto server = parse_redis_url("redis+sentinel://hubwarden@one:26380,two,[::1]:5/main-1/3");
  ASSERT_TRUE(server);
  EXPECT_EQ(server->kind, Kind::kSentinel);
  EXPECT_THAT(server->addresses,
              ElementsAre(RedisAddress("one", 26380), RedisAddress("two", 26379), RedisAddress("::1", 5)));
  EXPECT_EQ(server->master, "main-1");
  EXPECT_EQ(server->user, "hubwarden");
  EXPECT_EQ(server->database, 3);
  const auto shorter = parse_redis_url("rediss+sentinel://one/main");
  ASSERT_TRUE(shorter);
  EXPECT_TRUE(shorter->is_tls);
  EXPECT_EQ(shorter->database, 0);
}

TEST(RedisUrl, NamesSomeNodesOfACluster) {
  const auto server = parse_redis_url("rediss+cluster://hubwarden@one:7000,two/");
  ASSERT_TRUE(server);
  EXPECT_EQ(server->kind, Kind::kCluster);
  EXPECT_THAT(server->addresses, ElementsAre(RedisAddress("one", 7000), RedisAddress("two", 6379)));
  EXPECT_TRUE(server->is_tls);
  EXPECT_FALSE(parse_redis_url("redis+cluster://one")->is_tls);
}

TEST(RedisUrl, IsNothingElse) {
  std::string many = "redis+cluster://one";
  for (int i = 0; i < 32; ++i) many += ",one";
  for (const std::string& bad : {std::string(),
                                 std::string("redis"),
                                 std::string("redis://"),
                                 std::string("http://a"),
                                 std::string("redis://a,b"),
                                 std::string("redis://a:0"),
                                 std::string("redis://a:99999"),
                                 std::string("redis://a/x"),
                                 std::string("redis://a/-1"),
                                 std::string("redis://a/0/0"),
                                 std::string("redis://a?db=1"),
                                 std::string("redis://a b"),
                                 std::string("unix://relative"),
                                 std::string("unix:///run/a?db=x"),
                                 std::string("unix:///run/a?x=1"),
                                 std::string("redis+sentinel://a"),
                                 std::string("redis+sentinel://a/"),
                                 std::string("redis+sentinel:///main"),
                                 std::string("redis+sentinel://a,/main"),
                                 std::string("redis+sentinel://a/ma!n"),
                                 std::string("redis+sentinel://a/main/x"),
                                 std::string("redis+sentinel://a/main/0/0"),
                                 std::string("redis+sentinel://a:0/main"),
                                 std::string("redis+cluster://a/0"),
                                 std::string("redis+cluster://a,,b"),
                                 std::string("redis+cluster://"),
                                 std::string("redis+other://a"),
                                 many}) {
    EXPECT_FALSE(parse_redis_url(bad)) << bad;
  }
}

TEST(RedisUrl, SaysWhatIsWrong) {
  EXPECT_THAT(parse_redis_url("redis+sentinel://one").error(), HasSubstr("name that the sentinels have"));
  EXPECT_THAT(parse_redis_url("redis+cluster://one/1").error(), HasSubstr("without a database"));
  EXPECT_THAT(parse_redis_url("redis://").error(), HasSubstr("redis://redis.example.com:6379/0"));
  for (const char* const open :
       {"redis://u:sesame@a", "redis+cluster://u:sesame@a,b", "rediss://:sesame@a"}) {
    const auto refused = parse_redis_url(open);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("it belongs into redis.password"));
  }
}

TEST(RedisUser, IsAName) {
  EXPECT_EQ(parse_redis_user("hubwarden"), "hubwarden");
  for (const char* const bad : {"", "a b", "a:b", "a\r\nb"}) EXPECT_FALSE(parse_redis_user(bad)) << bad;
}

// The problems of a section `redis`, whose values are the tests'.
std::string problems_of(const std::string& section) {
  FakeFiles files;
  files.add("/secret", "0123456789abcdef0123456789abcdef\n");
  files.add("hubwarden.yaml", "redis: {seal_keys: file:/secret, " + section + "}");
  const auto loaded = load(Arguments{}, {}, files);
  std::string all;
  if (loaded) return all;
  for (const Problem& problem : loaded.error()) all += problem.text() + "\n";
  return all;
}

TEST(RedisSection, NeedsThePasswordOfAUserWhoIsNamed) {
  EXPECT_THAT(problems_of("url: redis://hubwarden@a"), HasSubstr("redis.password is not set"));
  EXPECT_EQ(problems_of("url: redis://hubwarden@a, password: file:/secret"), "");
  EXPECT_EQ(problems_of("url: redis://a"), "");
  EXPECT_THAT(problems_of("url: redis+sentinel://a/main, sentinel_user: hubwarden"),
              HasSubstr("redis.sentinel_user needs redis.sentinel_password"));
}

TEST(RedisSection, HasCredentialsForSentinelsWhereThereAreSome) {
  EXPECT_THAT(problems_of("url: redis://a, sentinel_password: file:/secret"),
              HasSubstr("are for redis+sentinel:// alone"));
  EXPECT_EQ(problems_of("url: redis+sentinel://a/main, sentinel_password: file:/secret"), "");
}

TEST(RedisSection, HasCertificatesWhereThereIsTls) {
  EXPECT_THAT(problems_of("url: redis+cluster://a, ca_file: /ca.pem"), HasSubstr("for rediss://"));
  EXPECT_EQ(problems_of("url: rediss+cluster://a, ca_file: /ca.pem"), "");
}

}  // namespace
}  // namespace hubwarden::config
