#include "wire/http1_chunks.h"

#include <algorithm>

#include "base/text.h"
#include "wire/http1_syntax.h"

namespace hubwarden::wire {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char low = ascii_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

std::expected<ChunkDecoder::Step, Refusal> ChunkDecoder::next(std::string_view input, std::size_t room) {
  Step step;
  while (step.consumed < input.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t left = std::min(input.size() - step.consumed, room);
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left, remaining_));
      step.data = input.substr(step.consumed, size);
      step.consumed += size;
      remaining_ -= size;
      if (remaining_ == 0) state_ = State::kDataCr;
      return step;
    }
    if (!take(input[step.consumed++])) return std::unexpected(Refusal{400, "the chunked body is malformed"});
    if (extension_bytes_ > kMaxExtensionBytes) {
      return std::unexpected(Refusal{400, "the body's chunk extensions are too long"});
    }
    if (trailer_bytes_ > kMaxTrailerBytes)
      return std::unexpected(Refusal{431, "the body's trailers are too long"});
  }
  step.done = state_ == State::kDone;
  return step;
}

bool ChunkDecoder::take(char c) {
  switch (state_) {
    case State::kSize: return take_size(c);
    case State::kExtension: return take_extension(c);
    case State::kSizeEnd:
      state_ = remaining_ == 0 ? State::kTrailerStart : State::kData;
      digits_ = 0;
      return c == '\n';
    case State::kDataCr: state_ = State::kDataLf; return c == '\r';
    case State::kDataLf: state_ = State::kSize; return c == '\n';
    case State::kLastLf: state_ = State::kDone; return c == '\n';
    case State::kData:
    case State::kDone: return false;
    default: return take_trailer(c);
  }
}

bool ChunkDecoder::take_size(char c) {
  if (const int value = hex_value(c); value >= 0) {
    remaining_ = remaining_ << 4 | static_cast<std::uint64_t>(value);
    return ++digits_ <= kMaxSizeDigits;
  }
  if (digits_ == 0) return false;
  if (c == '\r') {
    state_ = State::kSizeEnd;
    return true;
  }
  state_ = State::kExtension;
  ++extension_bytes_;
  return c == ';';
}

bool ChunkDecoder::take_extension(char c) {
  ++extension_bytes_;
  if (c == '\r') {
    state_ = State::kSizeEnd;
    return true;
  }
  return is_in(c, kFieldByte);
}

bool ChunkDecoder::take_trailer(char c) {
  ++trailer_bytes_;
  switch (state_) {
    case State::kTrailerStart:
      state_ = c == '\r' ? State::kLastLf : State::kTrailerName;
      return c == '\r' || is_in(c, kTokenByte);
    case State::kTrailerName:
      if (c == ':') state_ = State::kTrailerValue;
      return c == ':' || is_in(c, kTokenByte);
    case State::kTrailerValue:
      if (c == '\r') state_ = State::kTrailerLf;
      return c == '\r' || is_in(c, kFieldByte);
    default: state_ = State::kTrailerStart; return c == '\n';
  }
}

std::array<char, ChunkFrame::kPrefix> ChunkFrame::prefix(std::uint32_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kPrefix> out;
  for (std::size_t i = 8; i-- > 0; size >>= 4) out[i] = kDigits[size & 15U];
  out[8] = '\r';
  out[9] = '\n';
  return out;
}

}  // namespace hubwarden::wire
