#pragma once

// A bounded buffer between one writer and one reader of the same thread.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "base/check.h"

namespace hubwarden::http {

class ByteQueue {
 public:
  // The memory is taken with the first byte.
  explicit ByteQueue(std::size_t capacity) : capacity_(capacity) {}

  std::size_t size() const { return end_ - begin_; }
  std::size_t room() const { return capacity_ - size(); }
  bool empty() const { return begin_ == end_; }

  // All the room there is, in one piece; what was written there counts after commit(). take() may come in
  // between.
  std::span<char> space() {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
    if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t count) {
    HW_CHECK(count <= capacity_ - end_);
    end_ += count;
  }

  // The bytes must fit in room().
  void put(std::span<const char> bytes) {
    std::span<char> free = space();
    HW_CHECK(bytes.size() <= free.size());
    std::copy(bytes.begin(), bytes.end(), free.begin());
    commit(bytes.size());
  }

  // How many bytes were handed out.
  std::size_t take(std::span<char> into) {
    const std::size_t count = std::min(into.size(), size());
    if (count > 0) std::memcpy(into.data(), bytes_.get() + begin_, count);
    begin_ += count;
    return count;
  }

 private:
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace hubwarden::http
