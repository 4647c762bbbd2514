#include "sandbox/cgi.h"

#include "base/text.h"

namespace hubwarden::sandbox {
namespace {

// "403 Forbidden"
std::optional<int> status_of(std::string_view value) {
  const auto status = parse_number<int>(value.substr(0, 3));
  return status && *status >= 200 && *status <= 599 ? status : std::nullopt;
}

}  // namespace

Result<std::optional<CgiHead>> CgiReader::take(std::string_view piece) {
  buffer_ += piece;
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (buffer_.size() > kMaxHead)
      return fail(ErrorCode::kUpstreamProtocol, "the head of the answer is too long");
    return std::nullopt;
  }
  CgiHead head;
  for (std::string_view line : split(std::string_view(buffer_).substr(0, end), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(ErrorCode::kUpstreamProtocol, "a line without a colon");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (!equal_ignoring_case(name, "Status")) {
      head.fields.add(name, value);
      continue;
    }
    const auto status = status_of(value);
    if (!status) return fail(ErrorCode::kUpstreamProtocol, "not a status: " + printable(value, 50));
    head.status = *status;
  }
  buffer_.erase(0, end + 4);
  return head;
}

}  // namespace hubwarden::sandbox
