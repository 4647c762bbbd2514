#include "http/server_exchange.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace hubwarden::http {

std::span<char> InputBuffer::space() {
  if (begin_ == end_) begin_ = end_ = kept_;
  if (end_ == size_) make_room(end_ - begin_ + 1);
  return {bytes_.get() + end_, size_ - end_};
}

// Moves what is unread to the front, and grows if that is not enough.
void InputBuffer::make_room(std::size_t size) {
  if (begin_ + size <= size_) return;
  HW_CHECK(kept_ == 0 && size <= kMaxSize);
  const std::size_t unread_size = end_ - begin_;
  if (size <= size_) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, unread_size);
  } else {
    const std::size_t grown = std::min(kMaxSize, std::max({kFirstSize, size_ * 2, size}));
    auto larger = std::make_unique_for_overwrite<char[]>(grown);
    std::copy_n(bytes_.get() + begin_, unread_size, larger.get());
    wipe();
    bytes_ = std::move(larger);
    size_ = grown;
    high_water_ = unread_size;
  }
  begin_ = 0;
  end_ = unread_size;
}

std::string_view InputBuffer::keep_head(std::size_t size) {
  make_room(size + kRoomForBody);
  const std::string_view head = unread().substr(0, size);
  begin_ += size;
  kept_ = begin_;
  return head;
}

void InputBuffer::release_head() {
  kept_ = 0;
  if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::wipe() {
  if (bytes_) explicit_bzero(bytes_.get(), high_water_);
  high_water_ = 0;
}

void InputBuffer::reset() {
  wipe();
  kept_ = begin_ = end_ = 0;
}

std::unique_ptr<Exchange> ExchangePool::take() {
  if (spare_.empty()) return std::make_unique<Exchange>();
  std::unique_ptr<Exchange> exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void ExchangePool::give_back(std::unique_ptr<Exchange> exchange) {
  exchange->input.reset();
  exchange->scanner.reset();
  explicit_bzero(exchange->output.data(), exchange->output.size());
  exchange->output.clear();
  const bool is_large = exchange->input.is_large() || exchange->output.capacity() > kMaxSpareOutput;
  if (is_large || spare_.size() >= kMaxSpare) return;
  spare_.push_back(std::move(exchange));
}

}  // namespace hubwarden::http
