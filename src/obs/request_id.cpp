#include "obs/request_id.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace hubwarden::obs {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The character of the next higher digit; '0' after the last.
constexpr std::array<char, 128> make_successors() {
  std::array<char, 128> next{};
  for (std::size_t i = 0; i < kCrockford.size(); ++i) {
    next[static_cast<unsigned char>(kCrockford[i])] = kCrockford[(i + 1) % kCrockford.size()];
  }
  return next;
}

constexpr std::array<char, 128> kSuccessors = make_successors();

}  // namespace

RequestIds::RequestIds(const Clock& clock, Random& random) : clock_(clock) {
  for (std::size_t i = kTimeSize; i < text_.size(); ++i)
    text_[i] = kCrockford[random.below(kCrockford.size())];
}

RequestId RequestIds::next() {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch());
  const auto milliseconds = static_cast<std::uint64_t>(since_epoch.count());
  if (milliseconds != written_) write_time(milliseconds);
  count_up();
  return RequestId(text_);
}

void RequestIds::write_time(std::uint64_t milliseconds) {
  written_ = milliseconds;
  for (std::size_t i = kTimeSize; i-- > 0; milliseconds >>= 5) text_[i] = kCrockford[milliseconds & 31];
}

void RequestIds::count_up() {
  for (std::size_t i = text_.size(); i-- > kTimeSize;) {
    text_[i] = kSuccessors[static_cast<unsigned char>(text_[i])];
    if (text_[i] != '0') return;
  }
}

bool is_sane_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestId && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

}  // namespace hubwarden::obs
