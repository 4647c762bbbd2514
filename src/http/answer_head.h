#pragma once

// The head of an answer, line by line: status and header fields. No I/O.
//
// Interim answers (1xx) are passed over, trailers are dropped. What may be relayed to others afterwards is
// checked here: no control characters, folded lines joined (RFC 9112, 5.2).

#include <cstddef>
#include <string_view>

#include "http/message.h"

namespace hubwarden::http {

class AnswerHead {
 public:
  // `limit` in bytes: everything that arrives outside the body, interim answers and trailers included.
  explicit AnswerHead(std::size_t limit) : limit_(limit) {}

  // One line with its line end. upstream_protocol for what is not HTTP.
  Result<> add(std::string_view line);

  bool complete() const { return complete_; }
  int status() const { return status_; }
  // HTTP/1.1 as the status line has it: a connection stays open unless it is said to close.
  bool is_http11() const { return is_http11_; }
  const Fields& fields() const { return fields_; }
  Fields take_fields() { return std::move(fields_); }
  // The body is handed out unpacked: what is said of its packed form goes.
  void drop_coding();

 private:
  Result<> start(std::string_view line);
  Result<> end();
  Result<> field(std::string_view line);

  std::size_t limit_;
  std::size_t size_ = 0;
  int status_ = 0;
  bool is_http11_ = false;
  bool complete_ = false;
  bool has_field_ = false;  // which a line may continue
  Fields fields_;
};

}  // namespace hubwarden::http
