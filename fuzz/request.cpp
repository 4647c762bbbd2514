// A request as it comes from the network: where its head ends, what it says, its chunks. However the bytes
// are cut into pieces, the outcome is the same.

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "wire/http1_chunks.h"
#include "wire/http1_request.h"

namespace hubwarden::fuzz {
namespace {

using Found = std::expected<wire::HeadScanner::Found, wire::Refusal>;

Found scan_in_pieces(std::string_view bytes, std::size_t piece) {
  wire::HeadScanner scanner;
  for (std::size_t end = std::min(piece, bytes.size());; end = std::min(end + piece, bytes.size())) {
    Found found = scanner.scan(bytes.substr(0, end));
    if (!found || found->size != 0 || end == bytes.size()) return found;
  }
}

void check_head(const wire::RequestHead& head) {
  HW_CHECK(!head.method().empty() && !head.target().empty());
  HW_CHECK(head.target().front() == '/' || head.target() == "*");
  const auto one = [&head](std::string_view name) {
    return std::ranges::count_if(head.fields(), [name](const wire::FieldView& field) {
      return equal_ignoring_case(field.name, name);
    });
  };
  // No two ways to understand where the body ends, or whom it is for.
  HW_CHECK(one("Host") <= 1 && one("Content-Length") <= 1 && one("Transfer-Encoding") <= 1);
  HW_CHECK(one("Content-Length") == 0 || one("Transfer-Encoding") == 0);
  HW_CHECK((head.framing() == wire::Framing::kChunked) == (one("Transfer-Encoding") == 1));
  for (const wire::FieldView& field : head.fields()) {
    HW_CHECK(field.value.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos);
  }
}

struct Decoded {
  bool is_refused = false;
  bool is_done = false;
  std::string data;
};

Decoded decode(std::string_view input, std::size_t room) {
  wire::ChunkDecoder decoder;
  Decoded decoded;
  while (!input.empty()) {
    const auto step = decoder.next(input, room);
    if (!step) {
      decoded.is_refused = true;
      return decoded;
    }
    HW_CHECK(step->consumed <= input.size() && step->data.size() <= room);
    HW_CHECK(step->consumed > 0 || step->done);
    decoded.data += step->data;
    input.remove_prefix(step->consumed);
    if (step->done) {
      decoded.is_done = true;
      return decoded;
    }
  }
  return decoded;
}

}  // namespace

void target(std::string_view bytes) {
  const Found whole = scan_in_pieces(bytes, bytes.size() + 1);
  const Found bytewise = scan_in_pieces(bytes, 1);
  // One that sees more bytes at once may name another fault first, but never finds another end.
  HW_CHECK(whole.has_value() == bytewise.has_value());
  HW_CHECK(!whole || whole->size == bytewise->size);
  if (!whole || whole->size == 0) return;
  wire::RequestHead head;
  if (!head.parse(bytes.substr(0, whole->size))) return;
  check_head(head);
  if (head.framing() != wire::Framing::kChunked) return;
  const std::string_view body = bytes.substr(whole->size);
  const Decoded large = decode(body, 1 << 16);
  const Decoded small = decode(body, 1);
  HW_CHECK(large.is_refused == small.is_refused && large.is_done == small.is_done);
  HW_CHECK(large.is_refused || large.data == small.data);
}

}  // namespace hubwarden::fuzz
