#pragma once

// Request ids: 26 characters that sort by time, in the form of a ULID (48 bits of milliseconds, 80 bits after
// it, Crockford's base 32). They name a request in answers and logs; they are not secret.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace hubwarden::obs {

class RequestId {
 public:
  static constexpr std::size_t kSize = 26;
  explicit RequestId(const std::array<char, kSize>& text) : text_(text) {}
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, kSize> text_;
};

// One per core: not thread-safe. Randomness is drawn once, because a system call for each request is too
// dear; from there its characters count up, so that no id of this generator comes twice and most ids are made
// by changing one character.
class RequestIds {
 public:
  RequestIds(const Clock& clock, Random& random);
  RequestId next();

 private:
  static constexpr std::size_t kTimeSize = 10;

  void write_time(std::uint64_t milliseconds);
  void count_up();

  const Clock& clock_;
  std::uint64_t written_ = UINT64_MAX;  // the time that stands in text_
  std::array<char, RequestId::kSize> text_{};
};

// Longer ids from callers are not ours to carry through every log line.
inline constexpr std::size_t kMaxRequestId = 128;

// Whether a caller's own id may be taken over: 1 to kMaxRequestId of [A-Za-z0-9._:-].
bool is_sane_request_id(std::string_view text);

}  // namespace hubwarden::obs
