#include "ledger/canonical.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/token_text.h"

namespace hubwarden::ledger {
namespace {

constexpr std::size_t kToSeconds = 19;  // 2026-11-28T18:00:00
constexpr std::size_t kMicroDigits = 6;

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void CanonicalObject::begin(std::string_view name) {
  HW_CHECK(last_ < name);
  if (!last_.empty()) out_ += ',';
  last_ = name;
  append_quoted(out_, name);
  out_ += ':';
}

void CanonicalObject::text(std::string_view name, std::string_view value) {
  begin(name);
  append_quoted(out_, value);
}

void CanonicalObject::number(std::string_view name, std::uint64_t value) {
  begin(name);
  std::array<char, 20> digits;  // the largest number has so many
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), end);
}

void CanonicalObject::time(std::string_view name, TimePoint value) {
  text(name, time_text(value));
}

std::string time_text(TimePoint time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::microseconds>(time - whole).count();
  const std::string digits = std::to_string(rest);
  std::string text = rfc3339(whole).substr(0, kToSeconds);
  text += '.';
  text.append(kMicroDigits - digits.size(), '0');
  return text.append(digits).append("Z");
}

std::optional<TimePoint> parse_time_text(std::string_view text) {
  if (text.size() != kToSeconds + kMicroDigits + 2 || text[kToSeconds] != '.' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto whole = parse_rfc3339(std::string(text.substr(0, kToSeconds)) + "Z");
  const auto rest = parse_number<int>(text.substr(kToSeconds + 1, kMicroDigits));
  if (!whole || !rest) return std::nullopt;
  return *whole + std::chrono::microseconds(*rest);
}

// Whatever is cut afterwards begins as it did before: no word becomes a token by that.
std::string shown_text(std::string_view text, std::size_t max) {
  return printable(without_tokens(printable(text, max)), max);
}

}  // namespace hubwarden::ledger
