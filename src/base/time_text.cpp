#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace hubwarden {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::hh_mm_ss;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 5> kUnits = {{{"d", days(1)},
                                         {"h", hours(1)},
                                         {"m", minutes(1)},
                                         {"s", seconds(1)},
                                         {"ms", std::chrono::milliseconds(1)}}};

// TimePoint counts nanoseconds in 64 bits: 1677-09-21 to 2262-04-11.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

// Digits at [at, at + count) as a number, or -1.
int number_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  return parse_number<int>(text.substr(at, count)).value_or(-1);
}

std::optional<TimePoint> make_time(int y, int mo, int d, int h, int mi, int s) {
  if (y < kFirstYear || y > kLastYear) return std::nullopt;
  if (mo < 1 || d < 1 || h < 0 || mi < 0 || s < 0 || h > 23 || mi > 59 || s > 60) return std::nullopt;
  const year_month_day date(year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d)));
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(h) + minutes(mi) + seconds(s);
}

struct Civil {
  explicit Civil(TimePoint time)
      : date(std::chrono::floor<days>(time)), clock(std::chrono::floor<seconds>(time) - sys_days(date)) {}
  year_month_day date;
  hh_mm_ss<seconds> clock;
};

// By hand and not with {fmt}: git's credential program uses this file and starts without shared libraries.
std::string padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string month_number(const Civil& at) {
  return padded(static_cast<unsigned>(at.date.month()), 2);
}
std::string day_number(const Civil& at) {
  return padded(static_cast<unsigned>(at.date.day()), 2);
}

std::string time_of_day(const Civil& at) {
  return padded(at.clock.hours().count(), 2) + ':' + padded(at.clock.minutes().count(), 2) + ':' +
         padded(at.clock.seconds().count(), 2);
}

}  // namespace

std::string rfc3339(TimePoint time) {
  const Civil at(time);
  return padded(static_cast<int>(at.date.year()), 4) + '-' + month_number(at) + '-' + day_number(at) + 'T' +
         time_of_day(at) + 'Z';
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto whole = make_time(number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2),
                               number_at(text, 11, 2), number_at(text, 14, 2), number_at(text, 17, 2));
  std::string_view rest = text.substr(19);
  if (rest.front() == '.') {
    std::size_t digits = 1;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    if (digits == 1) return std::nullopt;
    rest.remove_prefix(digits);
  }
  if (!whole) return std::nullopt;
  if (rest == "Z" || rest == "z") return whole;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const int h = number_at(rest, 1, 2);
  const int m = number_at(rest, 4, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  const auto offset = hours(h) + minutes(m);
  return rest[0] == '+' ? *whole - offset : *whole + offset;
}

std::string http_date(TimePoint time) {
  const Civil at(time);
  const unsigned weekday = std::chrono::weekday(sys_days(at.date)).c_encoding();
  const std::string_view month_name = kMonths[static_cast<unsigned>(at.date.month()) - 1];
  return std::string(kDays[weekday]) + ", " + day_number(at) + ' ' + std::string(month_name) + ' ' +
         padded(static_cast<int>(at.date.year()), 4) + ' ' + time_of_day(at) + " GMT";
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  const bool is_day = text.size() == 29 && std::ranges::find(kDays, text.substr(0, 3)) != kDays.end();
  if (!is_day || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' ||
      text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  for (std::size_t m = 0; m < kMonths.size(); ++m) {
    if (text.substr(8, 3) != kMonths[m]) continue;
    return make_time(number_at(text, 12, 4), static_cast<int>(m) + 1, number_at(text, 5, 2),
                     number_at(text, 17, 2), number_at(text, 20, 2), number_at(text, 23, 2));
  }
  return std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto count = parse_number<std::int64_t>(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (*count > Duration::max() / unit.length) return std::nullopt;
    return *count * unit.length;
  }
  return std::nullopt;
}

std::string duration_text(Duration duration) {
  for (const Unit& unit : kUnits) {
    if (duration >= unit.length && duration % unit.length == Duration::zero()) {
      return std::to_string(duration / unit.length).append(unit.name);
    }
  }
  return duration == Duration::zero() ? "0s" : std::to_string(duration.count()) + "ns";
}

}  // namespace hubwarden
