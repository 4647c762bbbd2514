#include "obs/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <string_view>

#include "base/check.h"
#include "base/time_text.h"

namespace hubwarden::obs {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t point;
  std::size_t bytes;
};

// The first code point of `text`, which is not empty. A byte that begins no valid sequence stands for U+FFFD.
Decoded decode_utf8(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {kReplacement, 1};
  char32_t point = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kReplacement, 1};
    point = (point << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return {kReplacement, 1};
  return {point, size};
}

void append_escaped_point(std::string& out, char32_t point) {
  const auto unit = [&out](char32_t value) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(value));
  };
  if (point < 0x10000) {
    unit(point);
    return;
  }
  unit(0xD800 + ((point - 0x10000) >> 10));
  unit(0xDC00 + ((point - 0x10000) & 0x3FF));
}

// In quotes, as JSON, and printable ASCII alone: nothing in it can move a terminal's cursor or reverse its
// text.
void append_quoted(std::string& out, std::string_view text) {
  const bool cut = text.size() > kMaxLoggedValue;
  std::string_view rest = text.substr(0, kMaxLoggedValue);
  out += '"';
  while (!rest.empty()) {
    const Decoded next = decode_utf8(rest);
    rest.remove_prefix(next.bytes);
    if (next.point == '"' || next.point == '\\') {
      out += '\\';
      out += static_cast<char>(next.point);
    } else if (next.point >= 0x20 && next.point < 0x7F) {
      out += static_cast<char>(next.point);
    } else {
      append_escaped_point(out, next.point);
    }
  }
  if (cut) out += "...";
  out += '"';
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLoggedValue && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
  });
}

// To the millisecond, which rfc3339() leaves out.
std::string precise_rfc3339(TimePoint at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(at - whole);
  std::string text = rfc3339(at);
  text.pop_back();
  return text + fmt::format(".{:03}Z", rest.count());
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

class ValueWriter {
 public:
  ValueWriter(std::string& out, LogFormat format) : out_(out), json_(format == LogFormat::kJson) {}

  void operator()(std::string_view value) const {
    if (!json_ && is_plain(value)) {
      out_ += value;
    } else {
      append_quoted(out_, value);
    }
  }
  void operator()(bool value) const { out_ += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(out_), "{}", value); }
  void operator()(std::uint64_t value) const { fmt::format_to(std::back_inserter(out_), "{}", value); }
  void operator()(double value) const {
    // JSON has no word for these.
    if (!std::isfinite(value)) return (*this)(std::string_view(std::isnan(value) ? "nan" : "infinite"));
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void operator()(Duration value) const {
    (*this)(in_seconds(value));
    if (!json_) out_ += 's';
  }
  void operator()(Field::Absent) const {}
  void operator()(TimePoint value) const { (*this)(std::string_view(rfc3339(value))); }

 private:
  std::string& out_;
  bool json_;
};

struct SplitName {
  explicit SplitName(std::string_view name) {
    const std::size_t dot = name.find('.');
    if (dot != std::string_view::npos) component = name.substr(0, dot);
    event = dot == std::string_view::npos ? name : name.substr(dot + 1);
  }
  std::string_view component;
  std::string_view event;
};

std::string text_line(TimePoint at, Severity severity, EventName name, std::span<const Field> fields) {
  const SplitName split(name.text());
  std::string line;
  if (!split.component.empty()) line = fmt::format("[{}] ", split.component);
  line += fmt::format("{} {} {}", precise_rfc3339(at), to_string(severity), split.event);
  for (const Field& field : fields) {
    if (field.is_absent()) continue;
    line += fmt::format(" {}=", field.name());
    std::visit(ValueWriter(line, LogFormat::kText), field.value());
  }
  return line;
}

std::string json_line(TimePoint at, Severity severity, EventName name, std::span<const Field> fields) {
  const SplitName split(name.text());
  std::string line =
      fmt::format(R"({{"time":"{}","severity":"{}")", precise_rfc3339(at), to_string(severity));
  if (!split.component.empty()) line += fmt::format(R"(,"component":"{}")", split.component);
  line += fmt::format(R"(,"event":"{}")", split.event);
  for (const Field& field : fields) {
    if (field.is_absent()) continue;
    line += fmt::format(R"(,"{}":)", field.name());
    std::visit(ValueWriter(line, LogFormat::kJson), field.value());
  }
  line += '}';
  return line;
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kDebug: return "debug";
    case Severity::kInfo: return "info";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  HW_CHECK(false);
}

std::string log_line(LogFormat format, TimePoint at, Severity severity, EventName name,
                     std::span<const Field> fields) {
  return format == LogFormat::kJson ? json_line(at, severity, name, fields)
                                    : text_line(at, severity, name, fields);
}

}  // namespace hubwarden::obs
