#include "http/request_lines.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/text.h"

namespace hubwarden::http {
namespace {

// Framing, connection and credentials are decided in one place. Two answers to "how long is this body?" are
// how requests get smuggled (RFC 9112, 11.2).
constexpr std::array<std::string_view, 8> kOwn = {
    "Host",   "Connection",    "Content-Length", "Transfer-Encoding",
    "Expect", "Authorization", "Upgrade",        "Proxy-Authorization"};

bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [kMarks](char c) {
    return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_own(std::string_view name) {
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [name](std::string_view own) { return equal_ignoring_case(own, name); });
}

// Reserved at once: growing would leave copies of a secret behind.
std::vector<char> line_of(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 1;
  for (const std::string_view piece : pieces) size += piece.size();
  std::vector<char> line;
  line.reserve(size);
  for (const std::string_view piece : pieces) line.insert(line.end(), piece.begin(), piece.end());
  line.push_back('\0');
  return line;
}

}  // namespace

Result<RequestLines> RequestLines::from(const ClientRequest& request) {
  RequestLines lines;
  for (const auto& [name, value] : request.fields) {
    if (!is_token(name) || !is_field_value(value)) {
      return fail(ErrorCode::kInvalidRequest, "a header field of the request is not allowed in HTTP");
    }
    if (is_own(name))
      return fail(ErrorCode::kInvalidRequest, "the field " + name + " is set by the client alone");
    const std::string_view bare = trim(value);
    // "Name;" is libcurl's form for a field without a value; "Name:" would suppress it.
    lines.lines_.push_back(bare.empty() ? line_of({name, ";"}) : line_of({name, ": ", bare}));
  }
  if (const auto& authorization = request.authorization) {
    if (!is_token(authorization->scheme) || !is_field_value(authorization->secret.reveal())) {
      return fail(ErrorCode::kInvalidRequest, "the credential of the request is not allowed in HTTP");
    }
    lines.lines_.push_back(
        line_of({"Authorization: ", authorization->scheme, " ", authorization->secret.reveal()}));
  }
  lines.link();
  return lines;
}

RequestLines::~RequestLines() {
  for (std::vector<char>& line : lines_) explicit_bzero(line.data(), line.size());
}

void RequestLines::link() {
  // What libcurl would add by itself: a pause before large bodies, and a media type nobody named.
  static char no_expect[] = "Expect:";
  static char no_type[] = "Content-Type:";
  const std::string_view type(no_type);
  bool typed = false;
  for (std::vector<char>& line : lines_) {
    const std::string_view text(line.data(), line.size());
    typed = typed || equal_ignoring_case(text.substr(0, type.size()), type);
    nodes_.push_back({line.data(), nullptr});
  }
  nodes_.push_back({no_expect, nullptr});
  if (!typed) nodes_.push_back({no_type, nullptr});
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) nodes_[i].next = &nodes_[i + 1];
}

}  // namespace hubwarden::http
