#include "http/read_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace hubwarden::http {
namespace {

void put(ReadBuffer& buffer, std::string_view text) {
  while (!text.empty()) {
    const std::span<char> space = buffer.space();
    const std::size_t count = text.copy(space.data(), space.size());
    buffer.commit(count);
    text.remove_prefix(count);
  }
}

TEST(ReadBuffer, GivesWhatCameInItsOrder) {
  ReadBuffer buffer(8);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.text(), "");
  put(buffer, "abcdef");
  buffer.drop(2);
  put(buffer, "ghijklmnopqrstuvwxyz");
  EXPECT_EQ(buffer.text(), "cdefghijklmnopqrstuvwxyz");
  std::string piece(10, '.');
  EXPECT_EQ(buffer.take(piece), 10u);
  EXPECT_EQ(piece, "cdefghijkl");
  piece.assign(20, '.');
  EXPECT_EQ(buffer.take(piece), 14u);
  EXPECT_EQ(piece, "mnopqrstuvwxyz......");
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.take(piece), 0u);
}

TEST(ReadBuffer, GrowsOnlyWithWhatIsNotUsed) {
  ReadBuffer buffer(8);
  for (int i = 0; i < 1000; ++i) {
    put(buffer, "abcdef");
    buffer.drop(6);
    ASSERT_EQ(buffer.space().size(), 8u);
  }
}

TEST(ReadBuffer, WipesWhatWasUsed) {
  ReadBuffer buffer(16);
  put(buffer, "secret");
  const char* const bytes = buffer.text().data();
  buffer.drop(6);
  const std::span<char> space = buffer.space();
  ASSERT_EQ(space.data(), bytes);
  EXPECT_EQ(std::string_view(bytes, 6), std::string_view("\0\0\0\0\0\0", 6));
}

}  // namespace
}  // namespace hubwarden::http
