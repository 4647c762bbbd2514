#include "http/server_answer.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "wire/http1_response.h"

namespace hubwarden::http {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 404: return ErrorCode::kNotFound;
    case 413:
    case 414:
    case 431: return ErrorCode::kTooLarge;
    case 500: return ErrorCode::kInternal;
    case 503: return ErrorCode::kUnavailable;
    default: return ErrorCode::kInvalidRequest;
  }
}

// What a mistyped address shows may load nothing, and stand in nobody's page.
constexpr std::string_view kOfErrors =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

}  // namespace

AnswerOpening::AnswerOpening(Over over, TimePoint now) {
  wire::append_field(text_, "Date", http_date(now));
  date_size_ = text_.size();
  wire::append_field(text_, "X-Content-Type-Options", "nosniff");
  // RFC 6797, 7.2: over TLS alone.
  if (over == Over::kTls) wire::append_field(text_, "Strict-Transport-Security", "max-age=31536000");
  text_ += "X-Request-Id: ";
}

void append_answer_head(std::string& out, const Response& response, const HeadParts& head) {
  wire::HeadWriter writer(out);
  writer.status(response.status());
  // A handler's own Date stands in for the server's.
  writer.fields(response.fields().find("Date") ? head.opening.undated() : head.opening.dated());
  writer.fields(head.request_id);
  writer.fields(wire::kLineEnd);
  if (response.status() >= 400) writer.fields(kOfErrors);
  if (response.prepared()) writer.fields(response.prepared()->field_lines());
  for (const auto& [name, value] : response.fields()) writer.field(name, value);
  // RFC 9110, 8.6: no length on 1xx and 204; on 304 it would speak of another answer.
  if (wire::may_have_content(response.status())) {
    if (head.length) {
      writer.content_length(*head.length);
    } else if (!head.is_http_1_0) {
      writer.fields("Transfer-Encoding: chunked\r\n");
    }
  }
  if (!head.keep_alive) {
    writer.fields("Connection: close\r\n");
  } else if (head.is_http_1_0) {
    writer.fields("Connection: keep-alive\r\n");
  }
  writer.end();
}

std::string_view content_of(const Response& response) {
  if (response.prepared()) return response.prepared()->body();
  if (const auto* own = std::get_if<std::string>(&response.body())) return *own;
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&response.body())) return **shared;
  return {};
}

// Neither the message (ours) nor the id (checked) holds anything that JSON would want escaped.
Response refusal_response(const wire::Refusal& refusal, std::string_view request_id) {
  const ErrorCode code = code_of(refusal.status);
  Response response(refusal.status, "application/json",
                    fmt::format(R"({{"error":"{}","message":"{}","fix":"{}","request_id":"{}"}})",
                                to_string(code), refusal.message, to_string(default_fix(code)), request_id));
  response.fields().add("Cache-Control", "no-store");
  return response;
}

}  // namespace hubwarden::http
