// What comes from Redis: read within bounds, the same however it is cut.

#include "base/check.h"
#include "fuzz/target.h"
#include "redis/codec.h"

namespace hubwarden::fuzz {
namespace {

struct Read {
  Read() = default;
  std::size_t replies = 0;
  bool is_broken = false;
};

Read read(std::string_view bytes, std::size_t piece) {
  redis::ReplyReader reader;
  Read result;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    reader.feed(part);
    for (;;) {
      const Result<std::optional<redis::Reply>> reply = reader.next();
      if (!reply) result.is_broken = true;
      if (!reply || !*reply) break;
      HW_CHECK(!result.is_broken);
      ++result.replies;
    }
  }
  return result;
}

}  // namespace

void target(std::string_view bytes) {
  const Read at_once = read(bytes, bytes.size());
  const Read in_pieces = read(bytes, 7);
  HW_CHECK(at_once.replies == in_pieces.replies && at_once.is_broken == in_pieces.is_broken);
}

}  // namespace hubwarden::fuzz
