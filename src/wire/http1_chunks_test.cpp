#include "wire/http1_chunks.h"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

namespace hubwarden::wire {
namespace {

using namespace std::string_literals;

struct Decoded {
  Decoded() = default;
  std::string data;
  bool done = false;
  std::size_t left = 0;
  std::optional<Refusal> refusal;
};

// Feeds `piece` bytes at a time and takes at most `room`.
Decoded decode(std::string_view input, std::size_t piece, std::size_t room) {
  ChunkDecoder decoder;
  Decoded out;
  while (!input.empty() && !out.done) {
    const auto step = decoder.next(input.substr(0, piece), room);
    if (!step) {
      out.refusal = step.error();
      return out;
    }
    EXPECT_LE(step->data.size(), room);
    out.data += step->data;
    out.done = step->done;
    input.remove_prefix(step->consumed);
  }
  out.left = input.size();
  return out;
}

TEST(ChunkDecoder, GivesTheSameHoweverTheBytesWereCut) {
  const std::string body =
      "5\r\nhello\r\n0A;name=\"a;b\"\r\n, chunked \r\n000\r\nX-Trailer: v\r\nY:\r\n\r\nGET / HTTP/1.1";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    for (const std::size_t room : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      const Decoded decoded = decode(body, piece, room);
      EXPECT_EQ(decoded.data, "hello, chunked ") << piece;
      EXPECT_TRUE(decoded.done) << piece;
      EXPECT_EQ(decoded.left, std::string("GET / HTTP/1.1").size()) << piece;
    }
  }
}

struct Case {
  std::string what;
  std::string body;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.what;
}

class RefusedChunks : public testing::TestWithParam<Case> {};

TEST_P(RefusedChunks, AreRefused) {
  EXPECT_TRUE(decode(GetParam().body, 1000000, 1000000).refusal);
  EXPECT_TRUE(decode(GetParam().body, 1, 1000000).refusal);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RefusedChunks,
    testing::Values(
        Case{"no size", "\r\n"}, Case{"a word", "five\r\nhello\r\n"}, Case{"a sign", "+5\r\nhello\r\n"},
        Case{"minus", "-1\r\n"}, Case{"0x", "0x5\r\nhello\r\n"}, Case{"blank first", " 5\r\nhello\r\n"},
        Case{"blank after", "5 \r\nhello\r\n"}, Case{"blank before extension", "5 ;a\r\nhello\r\n"},
        Case{"bare LF after the size", "5\nhello\r\n"}, Case{"CR without LF", "5\rhello\r\n"},
        Case{"data too long", "5\r\nhello!\r\n"}, Case{"data too short", "5\r\nhell\r\n0\r\n\r\n"},
        Case{"bare LF after the data", "5\r\nhello\n0\r\n\r\n"}, Case{"17 digits", "00000000000000005\r\n"},
        Case{"64 bits overflow", "fffffffffffffffff\r\n"}, Case{"NUL in the size", "5\0\r\n"s},
        Case{"NUL in an extension", "5;a\0\r\nhello\r\n"s}, Case{"LF in an extension", "5;a\nb\r\nhello\r\n"},
        Case{"a CR in an extension", "5;a\rb\r\nhello\r\n"},
        Case{"a long extension", "5;" + std::string(ChunkDecoder::kMaxExtensionBytes, 'a') + "\r\nhello\r\n"},
        Case{"a folded trailer", "0\r\na: b\r\n c\r\n\r\n"},
        Case{"a trailer without colon", "0\r\nab\r\n\r\n"},
        Case{"blank before a trailer's colon", "0\r\na : b\r\n\r\n"},
        Case{"bare LF in a trailer", "0\r\na: b\n\r\n"}, Case{"bare LF at the end", "0\r\n\n"},
        Case{"NUL in a trailer", "0\r\na: \0\r\n\r\n"s},
        Case{"long trailers", "0\r\na: " + std::string(ChunkDecoder::kMaxTrailerBytes, 'b') + "\r\n\r\n"}));

TEST(ChunkDecoder, BoundsExtensionsOverAllChunks) {
  std::string body;
  for (std::size_t i = 0; i <= ChunkDecoder::kMaxExtensionBytes / 100; ++i)
    body += "1;" + std::string(99, 'e') + "\r\nx\r\n";
  EXPECT_TRUE(decode(body, 1000000, 10).refusal);
}

TEST(ChunkDecoder, TakesTheLargestSize) {
  ChunkDecoder decoder;
  const auto step = decoder.next("ffffffffffffffff\r\nabc", 100);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->data, "abc");
}

TEST(ChunkFrame, IsReadByTheDecoder) {
  const auto prefix = ChunkFrame::prefix(11);
  std::string body(prefix.data(), prefix.size());
  body += "hello world";
  body += ChunkFrame::kSuffix;
  body += ChunkFrame::kLast;
  const Decoded decoded = decode(body, 7, 4);
  EXPECT_EQ(decoded.data, "hello world");
  EXPECT_TRUE(decoded.done);
}

}  // namespace
}  // namespace hubwarden::wire
