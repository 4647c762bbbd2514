#include "ledger/canonical.h"

#include <algorithm>
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

void write_digits(std::string& text, std::size_t at, std::size_t count, unsigned number) {
  for (std::size_t i = at + count; i > at; number /= 10) text[--i] = static_cast<char>('0' + (number % 10));
}

bool is_plain(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const std::size_t at = text.find_first_of("\"\\");
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) break;
    out += '\\';
    out += text[at];
    text.remove_prefix(at + 1);
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
  std::array<char, 20> digits{};  // the largest number has so many
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), end);
}

void CanonicalObject::time(std::string_view name, TimePoint value) {
  text(name, time_text(value));
}

// By hand: it stands in every record.
std::string time_text(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(time - day));
  std::string text = "0000-00-00T00:00:00.000000Z";
  write_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  write_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  write_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  write_digits(text, 11, 2, static_cast<unsigned>(clock.hours().count()));
  write_digits(text, 14, 2, static_cast<unsigned>(clock.minutes().count()));
  write_digits(text, 17, 2, static_cast<unsigned>(clock.seconds().count()));
  write_digits(text, kToSeconds + 1, kMicroDigits, static_cast<unsigned>(clock.subseconds().count()));
  return text;
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
  // Of nearly all texts nothing has to go.
  if (text.size() <= max && std::ranges::all_of(text, is_plain)) {
    std::string shown = without_tokens(text);
    if (shown.size() <= max) return shown;
  }
  return printable(without_tokens(printable(text, max)), max);
}

}  // namespace hubwarden::ledger
