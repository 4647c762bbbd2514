#pragma once

// What an answer's head consists of. Private to the server.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/handler.h"
#include "wire/http1_request.h"

namespace hubwarden::http {

struct AnswerHead {
  AnswerHead() = default;

  std::string_view date_line;  // with its CR LF
  std::string_view request_id;
  std::optional<std::uint64_t> length;  // none: chunked, or for HTTP/1.0 up to the end of the connection
  bool is_tls = false;
  bool is_http_1_0 = false;
  bool keep_alive = true;
};

void append_answer_head(std::string& out, const Response& response, const AnswerHead& head);

// The bytes of a body that is not a stream.
std::string_view content_of(const Response& response);

// The server's own refusals, in the shape of all errors.
Response refusal_response(const wire::Refusal& refusal, std::string_view request_id);

}  // namespace hubwarden::http
