#include "redis/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::redis {
namespace {

std::string shown(const Reply& reply) {
  switch (reply.kind()) {
    case Reply::Kind::kNil: return "nil";
    case Reply::Kind::kInteger: return std::to_string(reply.integer());
    case Reply::Kind::kText: return "'" + reply.text() + "'";
    case Reply::Kind::kError: return "!" + reply.text();
    case Reply::Kind::kArray: break;
  }
  std::string text = "[";
  for (const Reply& item : reply.items()) text += (text.size() > 1 ? "," : "") + shown(item);
  return text + "]";
}

// All replies that are whole, of bytes that come in pieces; "broken" at the end if there is an error.
std::string read(std::string_view bytes, std::size_t piece) {
  ReplyReader reader;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    for (;;) {
      const Result<std::optional<Reply>> reply = reader.next();
      if (!reply) return text + "broken";
      if (!*reply) break;
      text += shown(**reply) + " ";
    }
  }
  return text;
}

TEST(CommandText, HoldsWordsOfAnyBytes) {
  EXPECT_EQ(command_text({"PING"}), "*1\r\n$4\r\nPING\r\n");
  using namespace std::string_view_literals;
  EXPECT_EQ(command_text({"SET", "a\r\n"sv, "\0"sv, ""}),
            "*4\r\n$3\r\nSET\r\n$3\r\na\r\n\r\n$1\r\n\0\r\n$0\r\n\r\n"sv);
}

TEST(ReplyReader, ReadsRepliesHoweverTheyAreCut) {
  constexpr std::string_view kBytes =
      "+OK\r\n-ERR no\r\n:-12\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n-MOVED 1 h:2\r\n:7\r\n";
  for (std::size_t piece = 1; piece <= kBytes.size(); ++piece) {
    EXPECT_EQ(read(kBytes, piece), "'OK' !ERR no -12 'a\r\n' nil nil [] [1,['x',nil],!MOVED 1 h:2] 7 ")
        << piece;
  }
}

TEST(ReplyReader, EndsAtWhatIsNoReply) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\n", 100), "broken");
  EXPECT_EQ(read("+OK\r\n\x16\x03\x01", 100), "'OK' broken");
  EXPECT_EQ(read("$-2\r\n", 100), "broken");
  EXPECT_EQ(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", 100), "broken");
}

TEST(ReplyReader, HoldsNoMoreThanItsBounds) {
  EXPECT_EQ(read("*2147483647\r\n", 100), "broken");
  EXPECT_EQ(read("*2\r\n*131072\r\n", 100), "broken");
  const std::string most(ReplyReader::kMaxBytes, 'a');
  const std::string fits = "$" + std::to_string(most.size()) + "\r\n" + most + "\r\n";
  EXPECT_EQ(read(fits + fits, fits.size()), "'" + most + "' '" + most + "' ");
  EXPECT_EQ(read("*2\r\n$1\r\na\r\n" + fits, 1 << 22), "broken");
  EXPECT_EQ(read("$2000000\r\n" + most + most, 1 << 16), "broken");
}

TEST(ReplyReader, GivesBackWhatWasBegunWhenItGoes) {
  ReplyReader reader;
  reader.feed("*2\r\n*1\r\n$1\r\na\r\n");
  const Result<std::optional<Reply>> reply = reader.next();
  ASSERT_TRUE(reply);
  EXPECT_FALSE(*reply);
}

}  // namespace
}  // namespace hubwarden::redis
