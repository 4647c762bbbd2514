#pragma once

// What an answer's head consists of. Private to the server.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/handler.h"
#include "wire/http1_request.h"

namespace hubwarden::http {

// What every answer says between its status and the id of its request: the date, and what browsers are to
// know. Written once and used by all answers of a second, so that the headers cost them nothing.
class AnswerOpening {
 public:
  enum class Over { kPlain, kTls };
  AnswerOpening(Over over, TimePoint now);

  std::string_view dated() const { return text_; }
  // For an answer that has a Date of its own.
  std::string_view undated() const { return std::string_view(text_).substr(date_size_); }

 private:
  std::string text_;
  std::size_t date_size_;
};

struct HeadParts {
  explicit HeadParts(const AnswerOpening& opening_) : opening(opening_) {}

  const AnswerOpening& opening;
  std::string_view request_id;
  std::optional<std::uint64_t> length;  // none: chunked, or for HTTP/1.0 up to the end of the connection
  bool is_http_1_0 = false;
  bool keep_alive = true;
};

void append_answer_head(std::string& out, const Response& response, const HeadParts& head);

// The bytes of a body that is not a stream.
std::string_view content_of(const Response& response);

// The server's own refusals, in the shape of all errors.
Response refusal_response(const wire::Refusal& refusal, std::string_view request_id);

}  // namespace hubwarden::http
