#include "obs/request_id.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace hubwarden::obs {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The lowest five bits of a 128-bit number become one character, from the right.
struct Bits {
  std::uint64_t high;
  std::uint64_t low;
};

char take_five(Bits& bits) {
  const char c = kCrockford[bits.low & 31];
  bits.low = (bits.low >> 5) | (bits.high << 59);
  bits.high >>= 5;
  return c;
}

}  // namespace

RequestIds::RequestIds(const Clock& clock, Random& random)
    : clock_(clock), high_(static_cast<std::uint16_t>(random.next())), low_(random.next()) {
}

RequestId RequestIds::next() {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch());
  const auto milliseconds = static_cast<std::uint64_t>(since_epoch.count());
  Bits bits{.high = (milliseconds << 16) | high_, .low = low_++};
  std::array<char, RequestId::kSize> text{};
  for (auto at = text.rbegin(); at != text.rend(); ++at) *at = take_five(bits);
  return RequestId(text);
}

bool is_sane_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestId && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

}  // namespace hubwarden::obs
