#pragma once

// Reads one HTTP/1.1 answer as its bytes arrive. No I/O.
//
//   HttpReplyReader reader;
//   while (reader.feed(bytes_from_the_socket) == HttpReplyReader::State::kMore) {}
//
// Bounded: a larger head or body is broken. Strict where leniency would let two readers disagree about where
// the answer ends (RFC 9112, section 6): lines end in CRLF, lengths stand once, `chunked` is the only coding.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hubwarden::git_credential {

// Ours are a few hundred bytes; a proxy in between may add fields, and an HTML page instead of JSON.
inline constexpr std::size_t kMaxReplyHead = 32 << 10;
inline constexpr std::size_t kMaxReplyBody = 64 << 10;

class HttpReplyReader {
 public:
  enum class State { kMore, kDone, kBroken };

  HttpReplyReader();
  ~HttpReplyReader();
  HttpReplyReader(const HttpReplyReader&) = delete;
  HttpReplyReader& operator=(const HttpReplyReader&) = delete;

  State feed(std::string_view bytes);
  // The other side has closed: the end of a body without a length, a cut for any other.
  State finish();

  // Valid once done.
  int status() const { return status_; }
  std::string_view body() const { return body_; }
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  enum class Framing { kHead, kLength, kChunked, kUntilClose };

  State advance();
  State read_head(std::string_view head);
  bool read_status_line(std::string_view line);
  bool read_field(std::string_view line);
  State choose_framing();
  State read_chunks();

  State state_ = State::kMore;
  Framing framing_ = Framing::kHead;
  std::string raw_;   // not read yet
  std::string body_;  // both are wiped at the end: they hold a token
  std::size_t fed_ = 0;
  int status_ = 0;
  bool chunked_ = false;
  std::optional<std::size_t> length_;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace hubwarden::git_credential
