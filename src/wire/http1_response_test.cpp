#include "wire/http1_response.h"

#include <gtest/gtest.h>

namespace hubwarden::wire {
namespace {

using namespace std::string_literals;

TEST(HeadWriter, WritesAHead) {
  std::string out;
  HeadWriter head(out);
  head.status(404);
  head.field("Content-Type", "text/plain");
  head.fields("A: b\r\n");
  head.content_length(0);
  head.end();
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nA: b\r\nContent-Length: 0\r\n\r\n");
}

TEST(HeadWriter, HasRoomForTheLargestLength) {
  std::string out;
  HeadWriter(out).content_length(UINT64_MAX);
  EXPECT_EQ(out, "Content-Length: 18446744073709551615\r\n");
}

TEST(HeadWriter, WritesStatusesThatHaveNoName) {
  std::string out;
  HeadWriter head(out);
  head.status(200);
  head.status(799);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nHTTP/1.1 799 \r\n");
}

TEST(HeadWriter, LetsNoValueBeginALineOfItsOwn) {
  std::string out;
  append_field(out, "Link", "a\r\nSet-Cookie: b\0c\n"s);
  EXPECT_EQ(out, "Link: a  Set-Cookie: b c \r\n");
}

TEST(Statuses, SayWhetherTheyMayHaveContent) {
  EXPECT_TRUE(may_have_content(200));
  EXPECT_TRUE(may_have_content(404));
  EXPECT_FALSE(may_have_content(100));
  EXPECT_FALSE(may_have_content(204));
  EXPECT_FALSE(may_have_content(304));
}

}  // namespace
}  // namespace hubwarden::wire
