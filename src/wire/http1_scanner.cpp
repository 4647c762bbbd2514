#include "wire/http1_request.h"

namespace hubwarden::wire {
namespace {

// Method, two blanks, version and line end beside the target.
constexpr std::size_t kMaxRequestLine = kMaxTarget + 64;

std::unexpected<Refusal> refuse(int status, std::string_view message) {
  return std::unexpected(Refusal{status, message});
}

// `line` ends with LF. Empty when the line is in order; a CR inside it is found by the parser.
std::optional<Refusal> check_line(std::string_view line, bool is_request_line) {
  if (line.size() < 2 || line[line.size() - 2] != '\r') return Refusal{400, "a line ends without CR LF"};
  if (!is_request_line && (line.front() == ' ' || line.front() == '\t')) {
    return Refusal{400, "a field is folded over two lines"};
  }
  return std::nullopt;
}

}  // namespace

std::expected<HeadScanner::Found, Refusal> HeadScanner::scan(std::string_view bytes) {
  for (;;) {
    const std::size_t end = bytes.find('\n', searched_);
    const std::size_t line_end = end == std::string_view::npos ? bytes.size() : end;
    if (lines_ == 0 && line_end - line_start_ > kMaxRequestLine) {
      return refuse(414, "the request target is longer than 8192 bytes");
    }
    if (line_end >= kMaxHeadBytes) return refuse(431, "the request head is larger than 32768 bytes");
    if (end == std::string_view::npos) {
      searched_ = bytes.size();
      return Found{};
    }
    const std::string_view line = bytes.substr(line_start_, end + 1 - line_start_);
    if (const auto wrong = check_line(line, lines_ == 0)) return std::unexpected(*wrong);
    line_start_ = searched_ = end + 1;
    if (line.size() == 2) return Found{.size = end + 1};
    if (++lines_ > 1 + kMaxFields) return refuse(431, "the request has more than 100 fields");
  }
}

}  // namespace hubwarden::wire
