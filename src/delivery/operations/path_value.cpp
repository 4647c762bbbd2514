#include "delivery/operations/path_value.h"

#include <algorithm>

#include "base/text.h"

namespace hubwarden::delivery {
namespace {

bool is_hex_digit(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

bool has_escape(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2])) return true;
  }
  return false;
}

std::unexpected<Error> refuse(const catalogue::Parameter& parameter, std::string_view why) {
  return fail(ErrorCode::kInvalidRequest, "\"" + std::string(parameter.name) + "\" " + std::string(why));
}

// What is wrong with the whole value, or nothing.
std::string_view complaint(const catalogue::Parameter& parameter, std::string_view value) {
  if (value.empty()) return "must not be empty";
  if (value.size() > kMaxPathValue) return "is too long";
  if (!is_plain_text(value) || value.contains('\\')) return "holds characters that no path of GitHub's has";
  if (has_escape(value)) return "must be given plain, not percent-encoded";
  if (!parameter.spans_segments && value.contains('/')) return "must not hold a slash";
  return {};
}

}  // namespace

bool is_plain_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return std::ranges::none_of(text, is_control) && is_utf8(text);
}

Result<std::string> encode_path_value(const catalogue::Parameter& parameter, std::string_view value) {
  const std::string_view why = complaint(parameter, value);
  if (!why.empty()) return refuse(parameter, why);
  if (!parameter.accepts(value)) {
    return refuse(parameter, "must be " + std::string(parameter.values.empty() ? to_string(parameter.type)
                                                                               : parameter.values));
  }
  for (const std::string_view segment : split(value, '/')) {
    if (segment.empty() || segment == "." || segment == "..") return refuse(parameter, "is not a plain path");
  }
  return percent_encode(value);
}

}  // namespace hubwarden::delivery
