#include "apps/git-credential-hubwarden/http_reply.h"

#include <gtest/gtest.h>

namespace hubwarden::git_credential {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using State = HttpReplyReader::State;

TEST(HttpReply, WithALengthEndsThere) {
  HttpReplyReader reader;
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nRetry-After: 7\r\n\r\nhello"), State::kDone);
  EXPECT_EQ(reader.status(), 200);
  EXPECT_EQ(reader.body(), "hello");
  EXPECT_EQ(reader.retry_after(), 7s);
}

const std::string kReplies[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 200\r\ncontent-length:5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 "
    "OK\r\nContent-Length: 5\r\n\r\nhello",
};

class Replies : public testing::TestWithParam<std::string> {};

TEST_P(Replies, AreTheSameHoweverTheyAreCut) {
  for (std::size_t piece = 1; piece <= GetParam().size(); ++piece) {
    HttpReplyReader reader;
    State state = State::kMore;
    for (std::size_t at = 0; at < GetParam().size() && state == State::kMore; at += piece) {
      state = reader.feed(std::string_view(GetParam()).substr(at, piece));
    }
    ASSERT_EQ(state, State::kDone) << piece;
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.body(), "hello");
  }
}

TEST_P(Replies, CutShortAreBroken) {
  // The last chunk's own end is not waited for.
  for (std::size_t size = 0; size + 5 < GetParam().size(); ++size) {
    HttpReplyReader reader;
    reader.feed(std::string_view(GetParam()).substr(0, size));
    EXPECT_EQ(reader.finish(), State::kBroken) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(HttpReply, Replies, testing::ValuesIn(kReplies));

State feed_in_pieces(HttpReplyReader& reader, std::string_view reply, std::size_t piece) {
  State state = State::kMore;
  for (std::size_t at = 0; at < reply.size() && state == State::kMore; at += piece)
    state = reader.feed(reply.substr(at, piece));
  return state;
}

TEST(HttpReply, HasTheSameBoundsHoweverItIsCut) {
  const auto with_head = [](std::size_t size) {
    const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: ";
    return begin + std::string(size - begin.size(), 'x') + "\r\n\r\n";
  };
  const auto with_chunk_line = [](std::size_t size) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;" + std::string(size - 2, 'x') +
           "\r\n\r\n";
  };
  for (const std::size_t piece : {1UL, 2UL, 3UL, 1000UL, 1UL << 20}) {
    for (const std::string& reply : {with_head(kMaxReplyHead), with_chunk_line(256)}) {
      HttpReplyReader reader;
      EXPECT_EQ(feed_in_pieces(reader, reply, piece), State::kDone) << piece;
    }
    for (const std::string& reply : {with_head(kMaxReplyHead + 1), with_chunk_line(257)}) {
      HttpReplyReader reader;
      EXPECT_EQ(feed_in_pieces(reader, reply, piece), State::kBroken) << piece;
    }
  }
}

TEST(HttpReply, WithoutALengthEndsWithTheConnection) {
  HttpReplyReader reader;
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\n\r\nhel"), State::kMore);
  EXPECT_EQ(reader.feed("lo"), State::kMore);
  EXPECT_EQ(reader.finish(), State::kDone);
  EXPECT_EQ(reader.body(), "hello");
}

TEST(HttpReply, ThatHasNoBodyEndsWithItsHead) {
  HttpReplyReader reader;
  EXPECT_EQ(reader.feed("HTTP/1.1 204 No Content\r\n\r\n"), State::kDone);
  EXPECT_EQ(reader.body(), "");
}

TEST(HttpReply, ThatIsHostileIsBroken) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string bad[] = {"SSH-2.0-OpenSSH\r\n\r\n",
                             "HTTP/2 200\r\n\r\n",
                             "HTTP/1.1 2000 OK\r\n\r\n",
                             "HTTP/1.1 20x OK\r\n\r\n",
                             "HTTP/1.1 099 No\r\n\r\n",
                             "HTTP/1.1\r\n\r\n",
                             "HTTP/1.1 101 Switching\r\n\r\n",
                             head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
                             head + "Content-Length: 5, 5\r\n\r\n",
                             head + "Content-Length: -1\r\n\r\n",
                             head + "Content-Length: +5\r\n\r\n",
                             head + "Content-Length: 0x5\r\n\r\n",
                             head + "Content-Length: 99999999999999999999\r\n\r\n",
                             head + "Content-Length: 65537\r\n\r\n",
                             head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                             head + "Transfer-Encoding: gzip, chunked\r\n\r\n",
                             head + "Transfer-Encoding: chunked, chunked\r\n\r\n",
                             head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                             head + "Content-Length : 5\r\n\r\n",
                             head + " folded: x\r\n\r\n",
                             head + "A: b\r\n c\r\n\r\n",
                             head + "nonsense\r\n\r\n",
                             head + ": x\r\n\r\n",
                             head + "A: b\nContent-Length: 5\r\n\r\n",
                             head + "A: b\rc\r\n\r\n",
                             head + "A: b\0c\r\n\r\n"s,
                             head + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\n\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\n10001\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
                             head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(300, 'x'),
                             head + "A: " + std::string(kMaxReplyHead, 'x') + "\r\n\r\n",
                             std::string(kMaxReplyHead + 4, 'x'),
                             head + "\r\n" + std::string(kMaxReplyBody + 1, 'x')};
  for (const std::string& reply : bad) {
    HttpReplyReader reader;
    EXPECT_EQ(reader.feed(reply), State::kBroken) << reply.substr(0, 120);
    EXPECT_EQ(reader.feed("more"), State::kBroken);
    EXPECT_EQ(reader.finish(), State::kBroken);
  }
}

}  // namespace
}  // namespace hubwarden::git_credential
