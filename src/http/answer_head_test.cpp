#include "http/answer_head.h"

#include <gtest/gtest.h>

#include <vector>

namespace hubwarden::http {
namespace {

constexpr std::size_t kLimit = 200;

// The first error, or what a head says that is complete.
Result<AnswerHead> read(const std::vector<std::string>& lines) {
  AnswerHead head(kLimit);
  for (const std::string& line : lines) {
    const Result<> added = head.add(line);
    if (!added) return std::unexpected(added.error());
  }
  return head;
}

TEST(AnswerHead, ReadsStatusAndFields) {
  const Result<AnswerHead> head =
      read({"HTTP/2 201 \r\n", "ETag:  \"a: b\" \r\n", "X-Empty:\r\n", "Link: a\r\n", "Link: b\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->complete());
  EXPECT_EQ(head->status(), 201);
  EXPECT_EQ(head->fields().size(), 4u);
  EXPECT_EQ(head->fields().find("etag"), "\"a: b\"");
  EXPECT_EQ(head->fields().find("x-empty"), "");
  EXPECT_EQ(head->fields().find("link"), "a");
}

TEST(AnswerHead, IsNotCompleteBeforeTheEmptyLine) {
  const Result<AnswerHead> head = read({"HTTP/1.1 200 OK\r\n", "A: b\r\n"});
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->complete());
}

TEST(AnswerHead, PassesOverInterimAnswersAndTrailers) {
  const Result<AnswerHead> head = read({"HTTP/1.1 103 Early Hints\r\n", "Link: a\r\n", " b\r\n", "\r\n",
                                        "HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n", "Trailer: x\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status(), 200);
  EXPECT_EQ(head->fields().size(), 1u);
}

TEST(AnswerHead, JoinsFoldedLines) {
  const Result<AnswerHead> head =
      read({"HTTP/1.1 200 OK\r\n", "A: one\r\n", "\t two\r\n", "B: x\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->fields().find("A"), "one two");
  EXPECT_EQ(head->fields().find("B"), "x");
}

TEST(AnswerHead, RefusesWhatIsNotHttp) {
  const std::vector<std::vector<std::string>> kBad = {
      {"SSH-2.0-OpenSSH\r\n"},
      {"HTTP/1.1\r\n"},
      {"HTTP/1.1 two hundred\r\n"},
      {"HTTP/1.1 099 Low\r\n"},
      {"HTTP/1.1 600 High\r\n"},
      {"HTTP/1.1 101 Switching Protocols\r\n"},
      {"HTTP/1.1 200 OK\r\n", " folded first\r\n"},
      {"HTTP/1.1 200 OK\r\n", "no colon\r\n"},
      {"HTTP/1.1 200 OK\r\n", ": no name\r\n"},
      {"HTTP/1.1 200 OK\r\n", "Name : x\r\n"},
      {"HTTP/1.1 200 OK\r\n", "A: b\rC: d\r\n"},
      {"HTTP/1.1 200 OK\r\n", std::string("A: b\0c\r\n", 8)},
      {"HTTP/1.1 200 OK\r\n", "Content-Length: 1\r\n", "content-length: 2\r\n", "\r\n"},
      {"HTTP/1.1 200 OK\r\n", "A: " + std::string(kLimit, 'x') + "\r\n"},
      {"HTTP/1.1 200 OK\r\n", "\r\n", "Trailer: " + std::string(kLimit, 'x') + "\r\n"},
  };
  for (const std::vector<std::string>& lines : kBad) {
    const Result<AnswerHead> head = read(lines);
    ASSERT_FALSE(head) << lines.back();
    EXPECT_EQ(head.error().code(), ErrorCode::kUpstreamProtocol);
  }
}

TEST(AnswerHead, TakesTheSameLengthTwice) {
  EXPECT_TRUE(read({"HTTP/1.1 200 OK\r\n", "Content-Length: 1\r\n", "Content-Length: 1\r\n", "\r\n"}));
}

}  // namespace
}  // namespace hubwarden::http
