#include "wire/http1_response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/check.h"

namespace hubwarden::wire {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

// RFC 9110, 15, and RFC 6585, RFC 7725.
constexpr auto kReasons = std::to_array<Reason>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

// Nearly every answer's.
constexpr std::string_view kOkLine = "HTTP/1.1 200 OK\r\n";

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? std::string_view() : found->phrase;
}

bool may_have_content(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name);
  out.append(": ");
  const std::size_t start = out.size();
  out.append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out.append(kLineEnd);
}

void HeadWriter::status(int status) {
  if (status == 200) {
    out_.append(kOkLine);
    return;
  }
  HW_CHECK(status >= 100 && status <= 999);
  const std::array<char, 4> digits = {static_cast<char>('0' + status / 100),
                                      static_cast<char>('0' + status / 10 % 10),
                                      static_cast<char>('0' + status % 10), ' '};
  out_.append("HTTP/1.1 ");
  out_.append(digits.data(), digits.size());
  out_.append(reason_phrase(status));
  out_.append(kLineEnd);
}

// Put together aside: one append is cheaper than three, and nearly every answer has this line.
void HeadWriter::content_length(std::uint64_t size) {
  constexpr std::string_view kName = "Content-Length: ";
  constexpr std::size_t kMaxDigits = std::numeric_limits<std::uint64_t>::digits10 + 1;
  std::array<char, kName.size() + kMaxDigits + kLineEnd.size()> line;
  char* const digits = line.data() + kName.copy(line.data(), kName.size());
  char* const end = std::to_chars(digits, digits + kMaxDigits, size).ptr;
  out_.append(line.data(), end + kLineEnd.copy(end, kLineEnd.size()));
}

}  // namespace hubwarden::wire
