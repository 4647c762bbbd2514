#pragma once

// What came over a connection and is not used yet. It may hold secrets: used or not, its bytes are wiped, and
// no others, for a small answer must not cost what a large one does.
//
//   const std::span<char> space = buffer.space();
//   buffer.commit(read(space));
//   buffer.drop(use(buffer.text()));

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace hubwarden::http {

class ReadBuffer {
 public:
  explicit ReadBuffer(std::size_t piece) : piece_(piece) {}
  ~ReadBuffer() { clear(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  std::string_view text() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  // Room for at least half a piece more, behind what is there.
  std::span<char> space() {
    if (empty()) clear();
    if (capacity_ - end_ < (piece_ + 1) / 2) grow();
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t count) {
    HW_CHECK(count <= capacity_ - end_);
    end_ += count;
  }
  void drop(std::size_t count) {
    HW_CHECK(count <= end_ - begin_);
    begin_ += count;
  }
  // How many bytes were handed out.
  std::size_t take(std::span<char> into) {
    const std::size_t count = text().copy(into.data(), into.size());
    begin_ += count;
    return count;
  }

 private:
  void clear() {
    if (bytes_) explicit_bzero(bytes_.get(), end_);
    begin_ = end_ = 0;
  }
  void grow() {
    const std::string_view kept = text();
    const std::size_t capacity = kept.size() + std::max(piece_, kept.size());
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    const std::size_t size = kept.copy(bytes.get(), kept.size());
    clear();
    bytes_ = std::move(bytes);
    capacity_ = capacity;
    end_ = size;
  }

  std::size_t piece_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace hubwarden::http
