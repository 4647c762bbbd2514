#pragma once

// For tests: a body of which every byte is known, and its reader.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "http/message.h"

namespace hubwarden::http::testing {

// Byte `at` of the test body; its period has nothing in common with any buffer's size.
inline char byte_at(std::size_t at) {
  return static_cast<char>('A' + at % 61 % 26);
}

class Pattern {
 public:
  // The next bytes of the body.
  void fill(std::span<char> piece) {
    for (char& c : piece) c = byte_at(at_++);
  }
  // Whether these are the next bytes of the body.
  bool matches(std::span<const char> piece) {
    return std::all_of(piece.begin(), piece.end(), [this](char c) { return c == byte_at(at_++); });
  }
  std::size_t at() const { return at_; }

 private:
  std::size_t at_ = 0;
};

// How long the body is; an error if it is not what was sent.
inline Task<Result<std::size_t>> read_pattern(BodySource& source) {
  Pattern pattern;
  std::array<char, 40'000> piece;
  for (;;) {
    Task<Result<std::size_t>> reading = source.read(piece);
    const Result<std::size_t> got = co_await std::move(reading);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return pattern.at();
    if (!pattern.matches({piece.data(), *got})) co_return fail(ErrorCode::kInternal, "not what was sent");
  }
}

}  // namespace hubwarden::http::testing
