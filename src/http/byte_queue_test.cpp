#include "http/byte_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace hubwarden::http {
namespace {

std::string take(ByteQueue& queue, std::size_t size) {
  std::string out(size, '\0');
  out.resize(queue.take(out));
  return out;
}

TEST(ByteQueue, HandsOutWhatWasPutInOrder) {
  ByteQueue queue(8);
  queue.put(std::string_view("abcdef"));
  EXPECT_EQ(take(queue, 4), "abcd");
  EXPECT_EQ(queue.room(), 6u);
  queue.put(std::string_view("ghijkl"));
  EXPECT_EQ(queue.room(), 0u);
  EXPECT_EQ(take(queue, 99), "efghijkl");
  EXPECT_TRUE(queue.empty());
}

TEST(ByteQueue, MayBeEmptiedWhileItIsBeingFilled) {
  ByteQueue queue(8);
  queue.put(std::string_view("abc"));
  const std::span<char> space = queue.space();
  ASSERT_EQ(space.size(), 5u);
  EXPECT_EQ(take(queue, 3), "abc");
  std::copy_n("de", 2, space.begin());
  queue.commit(2);
  EXPECT_EQ(take(queue, 8), "de");
}

TEST(ByteQueue, LosesNothingWhateverTheSizes) {
  std::mt19937 random(7);
  ByteQueue queue(64);
  std::string in;
  std::string out;
  while (in.size() < 10'000) {
    std::string piece(random() % (queue.room() + 1), '\0');
    for (char& c : piece) c = static_cast<char>('a' + random() % 26);
    queue.put(piece);
    in += piece;
    out += take(queue, random() % 80);
  }
  out += take(queue, 64);
  EXPECT_EQ(in, out);
}

}  // namespace
}  // namespace hubwarden::http
