#pragma once

// The head of an HTTP/1.1 response, written to the end of a buffer. No I/O.
//
//   HeadWriter head(out);
//   head.status(200);
//   head.field("Content-Type", "application/json");
//   head.content_length(body.size());
//   head.end();

#include <cstdint>
#include <string>
#include <string_view>

namespace hubwarden::wire {

inline constexpr std::string_view kLineEnd = "\r\n";

// RFC 9110, 15; empty for a status that has no name there.
std::string_view reason_phrase(int status);
// RFC 9110, 6.4.1: 1xx, 204 and 304 never carry content.
bool may_have_content(int status);

// "Name: value\r\n". CR, LF and NUL in the value become blanks: a value that came from outside must not begin
// a line of its own. `name` is ours.
void append_field(std::string& out, std::string_view name, std::string_view value);

class HeadWriter {
 public:
  explicit HeadWriter(std::string& out) : out_(out) {}

  // First. 100 to 999.
  void status(int status);
  void field(std::string_view name, std::string_view value) { append_field(out_, name, value); }
  // Whole lines, each with its CR LF, that append_field() has written.
  void fields(std::string_view lines) { out_.append(lines); }
  void content_length(std::uint64_t size);
  void end() { out_.append(kLineEnd); }

 private:
  std::string& out_;
};

}  // namespace hubwarden::wire
