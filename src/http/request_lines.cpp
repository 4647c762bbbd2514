#include "http/request_lines.h"

#include <string.h>

#include <initializer_list>
#include <string_view>

#include "base/text.h"

namespace hubwarden::http {
namespace {

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

RequestLines RequestLines::from(const ClientRequest& request) {
  RequestLines lines;
  for (const auto& [name, value] : request.fields) {
    const std::string_view bare = trim(value);
    // "Name;" is libcurl's form for a field without a value; "Name:" would suppress it.
    lines.lines_.push_back(bare.empty() ? line_of({name, ";"}) : line_of({name, ": ", bare}));
  }
  if (const auto& authorization = request.authorization) {
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
