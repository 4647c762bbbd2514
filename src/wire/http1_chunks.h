#pragma once

// The chunked coding of a body (RFC 9112, 7.1), in both directions. No I/O.
//
//   ChunkDecoder decoder;
//   auto step = decoder.next(input, room);       // until step->done
//   input.remove_prefix(step->consumed);
//   take(step->data);                            // a view into `input`, at most `room` bytes
//
// Extensions and trailers are checked, bounded and dropped: nobody here reads them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "wire/http1_request.h"

namespace hubwarden::wire {

class ChunkDecoder {
 public:
  // Nobody needs them; room for the few that a proxy may add.
  static constexpr std::size_t kMaxExtensionBytes = 4 * 1024;
  static constexpr std::size_t kMaxTrailerBytes = 4 * 1024;
  // 16 hexadecimal digits are 64 bits.
  static constexpr int kMaxSizeDigits = 16;

  ChunkDecoder() = default;

  struct Step {
    std::size_t consumed =
        0;  // with `data`; less than all of it only when `room` is used up or the body is done
    std::string_view data;
    bool done = false;
  };
  // Goes on until there is data, the body has ended, or `input` is used up. After an error or the end: no
  // more calls.
  std::expected<Step, Refusal> next(std::string_view input, std::size_t room);

 private:
  enum class State : std::uint8_t {
    kSize,       // digits
    kExtension,  // after ';', up to CR
    kSizeEnd,    // LF
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,  // of a line: a name or the last CR
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kLastLf,
    kDone,
  };

  // Takes one byte of framing. False: it stands where it must not.
  bool take(char c);
  bool take_size(char c);
  bool take_extension(char c);
  bool take_trailer(char c);

  State state_ = State::kSize;
  int digits_ = 0;
  std::uint64_t remaining_ = 0;  // of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

// What stands before and after a chunk's data when we send one. The size has always eight digits, so that
// room can be kept in front of data that is not there yet.
class ChunkFrame {
 public:
  static constexpr std::size_t kPrefix = 10;
  static constexpr std::string_view kSuffix = "\r\n";
  static constexpr std::string_view kLast = "0\r\n\r\n";

  // `size` is not 0: that would be the last chunk.
  static std::array<char, kPrefix> prefix(std::uint32_t size);
};

}  // namespace hubwarden::wire
