#pragma once

// What a connection needs while a request is at hand, and gives back while it is idle. Private to the server.

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http1_request.h"

namespace hubwarden::http {

// Bytes that came: [head | consumed | unread | free]. A head that was parsed stays where it is until the
// exchange is over, since the request's views point into it.
class InputBuffer {
 public:
  // Most requests fit; larger heads and pipelines make it grow once or twice.
  static constexpr std::size_t kFirstSize = 8 * 1024;
  // Behind a head there is always room for some of its body.
  static constexpr std::size_t kRoomForBody = 4 * 1024;
  static constexpr std::size_t kMaxSize = wire::kMaxHeadBytes + kRoomForBody;

  InputBuffer() = default;

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  // Free space, at least one byte. Before a head is kept it may move what is unread.
  std::span<char> space();
  void filled(std::size_t size) {
    end_ += size;
    high_water_ = std::max(high_water_, end_);
  }
  void consume(std::size_t size) { begin_ += size; }

  // The next `size` unread bytes are a head: they are consumed and stay in place until release_head().
  // Returned are the bytes as they lie then.
  std::string_view keep_head(std::size_t size);
  void release_head();

  bool is_large() const { return size_ > kFirstSize; }
  // Forgets everything and overwrites it, since it held credentials.
  void reset();

 private:
  // Makes `size` bytes fit, counted from the first unread one.
  void make_room(std::size_t size);
  void wipe();

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t kept_ = 0;  // nothing before it is moved or overwritten
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t high_water_ = 0;
};

struct Exchange {
  Exchange() = default;

  InputBuffer input;
  wire::HeadScanner scanner;
  wire::RequestHead head;
  std::string output;  // answers that have not been written yet
};

// Exchanges that wait for the next request of any connection of the loop.
class ExchangePool {
 public:
  // About 20 kB each; a burst of more costs allocations, nothing else.
  static constexpr std::size_t kMaxSpare = 64;
  static constexpr std::size_t kMaxSpareOutput = 32 * 1024;

  ExchangePool() = default;

  std::unique_ptr<Exchange> take();
  void give_back(std::unique_ptr<Exchange> exchange);

 private:
  std::vector<std::unique_ptr<Exchange>> spare_;
};

}  // namespace hubwarden::http
