#include "redis/sentinel_replies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubwarden::redis {
namespace {

using ::testing::HasSubstr;

const net::Endpoint kAsked = net::Endpoint::tcp("sentinel", 26379);

Reply texts(std::initializer_list<std::string_view> words) {
  Reply reply = Reply::array_of(words.size());
  std::size_t at = 0;
  for (const std::string_view word : words) reply.items()[at++] = Reply::text_of(word);
  return reply;
}

TEST(SentinelReplies, NameTheMaster) {
  EXPECT_EQ(*read_master(texts({"10.0.0.7", "6379"}), "main", kAsked), net::Endpoint::tcp("10.0.0.7", 6379));
  EXPECT_EQ(*read_master(texts({"::1", "6380"}), "main", kAsked), net::Endpoint::tcp("::1", 6380));
}

TEST(SentinelReplies, MayNameNone) {
  const auto why = [](const Reply& reply) { return read_master(reply, "main", kAsked).error().message(); };
  EXPECT_EQ(why(Reply()), "the sentinel at sentinel:26379 knows no master main");
  EXPECT_EQ(why(Reply::error_of("NOAUTH Authentication required.")),
            "the sentinel at sentinel:26379 says NOAUTH Authentication required.");
  for (const Reply& odd : {Reply::integer_of(1), texts({}), texts({"10.0.0.7"}), texts({"10.0.0.7", "x"}),
                           texts({"10.0.0.7", "0"}), texts({"", "6379"}), texts({"a b", "6379"}),
                           texts({"10.0.0.7", "6379", "more"})}) {
    EXPECT_EQ(why(odd), "the sentinel at sentinel:26379 names no server");
  }
}

TEST(SentinelReplies, KnowAMasterByItsRole) {
  EXPECT_TRUE(check_role(texts({"master", "0"}), kAsked));
  for (const Reply& other : {texts({"slave", "10.0.0.7"}), texts({"sentinel"}), texts({}), Reply(),
                             Reply::text_of("master"), Reply::error_of("NOPERM no")}) {
    EXPECT_EQ(check_role(other, kAsked).error().code(), ErrorCode::kUnavailable);
  }
  EXPECT_THAT(check_role(texts({"slave\r\n"}), kAsked).error().message(), HasSubstr("no master but 'slave'"));
}

TEST(SentinelReplies, KnowTheErrorsOfAServerThatIsNoMaster) {
  EXPECT_TRUE(is_no_masters(Reply::error_of("READONLY You can't write against a read only replica.")));
  EXPECT_TRUE(is_no_masters(Reply::error_of("LOADING Redis is loading the dataset in memory")));
  EXPECT_TRUE(is_no_masters(Reply::error_of("MASTERDOWN Link with MASTER is down")));
  EXPECT_FALSE(is_no_masters(Reply::error_of("ERR value is not an integer")));
  EXPECT_FALSE(is_no_masters(Reply::text_of("READONLY ")));
}

}  // namespace
}  // namespace hubwarden::redis
