#include "delivery/environment/environment_json.h"

#include <string_view>

namespace hubwarden::delivery {
namespace {

constexpr std::size_t kLongestEscape = 6;  // \u001f
constexpr std::size_t kPunctuation = 6;    // "":"",
constexpr std::size_t kFrame = 16;

// RFC 8259, 7: of UTF-8, only quotes, backslashes and control characters need an escape.
void append_text(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out.append("\\u00");
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string environment_json(const providers::BootEnvironment& environment) {
  std::size_t most = kFrame;
  for (const auto& [name, value] : environment.variables()) {
    most += name.size() + value.size() * kLongestEscape + kPunctuation;
  }
  std::string out;
  out.reserve(most);  // it must not grow: growing leaves copies behind
  out.append(R"({"env":{)");
  for (const auto& [name, value] : environment.variables()) {
    if (out.back() != '{') out += ',';
    append_text(out, name);
    out += ':';
    append_text(out, value.reveal());
  }
  out.append("}}\n");
  return out;
}

}  // namespace hubwarden::delivery
