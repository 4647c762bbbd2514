#include "apps/git-credential-hubwarden/http_reply.h"

#include <string.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/secret.h"
#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

constexpr std::size_t kMaxChunkLine = 256;  // the size and whatever extension follows it
constexpr std::chrono::seconds kMaxRetryAfter = std::chrono::hours(24);

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";

// More than `most` bytes before the mark, which stands at `at` or has not come yet; the same wherever the
// bytes were cut in pieces.
bool is_beyond(std::size_t at, std::string_view bytes, std::string_view mark, std::size_t most) {
  return at == std::string_view::npos ? bytes.size() >= most + mark.size() : at > most;
}

bool is_token_character(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::optional<std::size_t> chunk_size(std::string_view line) {
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  std::uint32_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return size;
}

}  // namespace

HttpReplyReader::HttpReplyReader() {
  // At their full size from the start: growing would leave pieces of a token behind in freed memory.
  raw_.reserve(kMaxReplyHead + kMaxReplyBody);
  body_.reserve(kMaxReplyBody);
}

HttpReplyReader::~HttpReplyReader() {
  // No byte can lie farther in than there were bytes; wiping all of the room would touch pages never used.
  explicit_bzero(raw_.data(), std::min(raw_.capacity(), fed_));
  explicit_bzero(body_.data(), std::min(body_.capacity(), fed_));
}

HttpReplyReader::State HttpReplyReader::feed(std::string_view bytes) {
  if (state_ != State::kMore) return state_;
  if (raw_.size() + bytes.size() > kMaxReplyHead + kMaxReplyBody) return state_ = State::kBroken;
  raw_ += bytes;
  fed_ += bytes.size();
  return state_ = advance();
}

HttpReplyReader::State HttpReplyReader::finish() {
  if (state_ == State::kMore) {
    const bool is_whole = framing_ == Framing::kUntilClose;
    state_ = is_whole ? State::kDone : State::kBroken;
  }
  return state_;
}

HttpReplyReader::State HttpReplyReader::advance() {
  while (framing_ == Framing::kHead) {
    const std::size_t end = raw_.find(kHeadEnd);
    if (is_beyond(end, raw_, kHeadEnd, kMaxReplyHead)) return State::kBroken;
    if (end == std::string::npos) return State::kMore;
    const State state = read_head(std::string_view(raw_).substr(0, end));
    if (state != State::kMore) return state;
    raw_.erase(0, end + kHeadEnd.size());
  }
  if (framing_ == Framing::kChunked) return read_chunks();
  body_ += raw_;
  raw_.clear();
  if (body_.size() > kMaxReplyBody) return State::kBroken;
  if (framing_ == Framing::kUntilClose || body_.size() < *length_) return State::kMore;
  body_.resize(*length_);
  return State::kDone;
}

HttpReplyReader::State HttpReplyReader::read_head(std::string_view head) {
  if (!read_status_line(head.substr(0, head.find("\r\n")))) return State::kBroken;
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    head.remove_prefix(at + 2);
    at = head.find("\r\n");
    if (!read_field(head.substr(0, at))) return State::kBroken;
  }
  if (status_ >= 200) return choose_framing();
  // An interim answer (100 Continue, 103 Early Hints): the real one follows. 101 was not asked for.
  length_.reset();
  chunked_ = false;
  return status_ == 101 ? State::kBroken : State::kMore;
}

bool HttpReplyReader::read_status_line(std::string_view line) {
  const bool is_http1 = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!is_http1 || line.size() < 12 || (line.size() > 12 && line[12] != ' ')) return false;
  const auto status = parse_number<int>(line.substr(9, 3));
  status_ = status.value_or(0);
  return status_ >= 100;
}

bool HttpReplyReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon);
  if (!std::ranges::all_of(name, is_token_character)) return false;
  const std::string_view value = trim(line.substr(colon + 1));
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return false;
  if (equal_ignoring_case(name, "content-length")) {
    if (length_) return false;
    length_ = parse_number<std::size_t>(value);
    return length_.has_value() && *length_ <= kMaxReplyBody;
  }
  if (equal_ignoring_case(name, "transfer-encoding")) {
    if (chunked_) return false;
    chunked_ = true;
    return equal_ignoring_case(value, "chunked");
  }
  if (equal_ignoring_case(name, "retry-after")) {
    const auto seconds = parse_number<std::uint32_t>(value);
    if (seconds) retry_after_ = std::min(std::chrono::seconds(*seconds), kMaxRetryAfter);
  }
  return true;
}

HttpReplyReader::State HttpReplyReader::choose_framing() {
  if (status_ == 204 || status_ == 304) {
    framing_ = Framing::kLength;
    length_ = 0;
    return State::kMore;
  }
  if (chunked_ && length_) return State::kBroken;
  framing_ = chunked_ ? Framing::kChunked : length_ ? Framing::kLength : Framing::kUntilClose;
  return State::kMore;
}

HttpReplyReader::State HttpReplyReader::read_chunks() {
  while (true) {
    const std::size_t end = raw_.find(kLineEnd);
    if (is_beyond(end, raw_, kLineEnd, kMaxChunkLine)) return State::kBroken;
    if (end == std::string::npos) return State::kMore;
    const auto size = chunk_size(std::string_view(raw_).substr(0, end));
    if (!size || *size > kMaxReplyBody - body_.size()) return State::kBroken;
    // The last chunk: what trails it says nothing that we read, and the connection is not used again.
    if (*size == 0) return State::kDone;
    if (raw_.size() < end + 2 + *size + 2) return State::kMore;
    if (raw_.compare(end + 2 + *size, 2, "\r\n") != 0) return State::kBroken;
    body_.append(raw_, end + 2, *size);
    raw_.erase(0, end + 2 + *size + 2);
  }
}

}  // namespace hubwarden::git_credential
