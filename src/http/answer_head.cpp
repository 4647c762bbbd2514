#include "http/answer_head.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::http {
namespace {

constexpr int kSwitchingProtocols = 101;
constexpr int kFirstFinal = 200;
constexpr int kLastStatus = 599;
// Of GitHub's answers.
constexpr std::size_t kUsualFields = 32;
constexpr std::size_t kUsualSize = 2048;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_clean(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::unexpected<Error> broken(std::string message) {
  return fail(ErrorCode::kUpstreamProtocol, std::move(message));
}

}  // namespace

Result<> AnswerHead::add(std::string_view line) {
  size_ += line.size();
  if (size_ > limit_) return broken("its header block is larger than " + std::to_string(limit_) + " bytes");
  if (complete_) return {};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (status_ == 0) return start(line);
  if (line.empty()) return end();
  return field(line);
}

void AnswerHead::drop_coding() {
  fields_.remove("Content-Encoding");
  fields_.remove("Content-Length");
}

Result<> AnswerHead::start(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return broken("it has no status line");
  const std::optional<int> status = parse_number<int>(line.substr(space + 1, 3));
  if (!status || *status < 100 || *status > kLastStatus) return broken("its status is none of HTTP's");
  if (*status == kSwitchingProtocols) return broken("it changes the protocol, unasked");
  status_ = *status;
  fields_.reserve(kUsualFields, kUsualSize);
  is_http11_ = line.starts_with("HTTP/1.1");
  return {};
}

Result<> AnswerHead::end() {
  if (status_ < kFirstFinal) {
    status_ = 0;
    has_field_ = false;
    return {};
  }
  // Whoever reads the one and whoever reads the other see different answers (RFC 9112, 6.3).
  const std::optional<std::string_view> length = fields_.find("Content-Length");
  for (const auto& [name, value] : fields_) {
    if (equal_ignoring_case(name, "Content-Length") && value != *length) return broken("it has two lengths");
  }
  complete_ = true;
  return {};
}

Result<> AnswerHead::field(std::string_view line) {
  if (!is_clean(line)) return broken("its header fields hold control characters");
  if (is_blank(line.front())) {
    if (!has_field_) return broken("its first header field is not one");
    if (status_ < kFirstFinal) return {};
    fields_.extend_last(" ");
    fields_.extend_last(trim(line));
    return {};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || is_blank(line[colon - 1])) {
    return broken("one of its header fields is not one");
  }
  has_field_ = true;
  if (status_ >= kFirstFinal) fields_.add(line.substr(0, colon), trim(line.substr(colon + 1)));
  return {};
}

}  // namespace hubwarden::http
