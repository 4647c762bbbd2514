#include "apps/git-credential-hubwarden/record.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace hubwarden::git_credential {
namespace {

using std::chrono::seconds;

constexpr std::string_view kTitle = "hubwarden-credential-record 1";
constexpr Duration kSpared = std::chrono::minutes(1);
constexpr Duration kFloor = std::chrono::minutes(1);
// hubwarden refuses tokens of more than 61 minutes; a record that says more was not written by this program.
constexpr Duration kLongestLife = std::chrono::hours(2);

// The rest of the next line when it starts with `label` and a blank.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view label) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(label) || end <= label.size() ||
      text[label.size()] != ' ') {
    return std::nullopt;
  }
  const std::string_view value = text.substr(label.size() + 1, end - label.size() - 1);
  text.remove_prefix(end + 1);
  return value;
}

std::optional<TimePoint> take_time(std::string_view& text, std::string_view label) {
  const auto value = parse_number<std::uint32_t>(take_line(text, label).value_or(""));
  if (!value) return std::nullopt;
  return TimePoint(seconds(*value));
}

std::string epoch(TimePoint time) {
  return std::to_string(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

}  // namespace

Secret format_record(const Record& record, std::string_view key) {
  std::string text;
  text.reserve(kTitle.size() + key.size() + record.token.size() + 100);
  text.append(kTitle).append("\nfor ").append(key);
  text.append("\nasked ").append(epoch(record.asked)).append("\nexpires ").append(epoch(record.expires));
  text.append("\ntoken ").append(record.token.reveal()).append("\n");
  return Secret::absorb(text);
}

std::optional<Record> parse_record(std::string_view text, std::string_view key) {
  if (text.size() > kMaxRecord || !text.starts_with(kTitle)) return std::nullopt;
  text.remove_prefix(kTitle.size());
  if (!text.starts_with('\n')) return std::nullopt;
  text.remove_prefix(1);
  if (take_line(text, "for") != key) return std::nullopt;
  const auto asked = take_time(text, "asked");
  const auto expires = take_time(text, "expires");
  const auto token = take_line(text, "token");
  if (!asked || !expires || !token || !is_token(*token) || !text.empty()) return std::nullopt;
  if (*expires <= *asked || *expires - *asked > kLongestLife) return std::nullopt;
  return Record(Secret(*token), *asked, *expires);
}

bool spares_asking(const Record& record, TimePoint now) {
  // `asked` is cut to whole seconds, so that the age is over-stated by up to one: never too long.
  const Duration age = now - record.asked;
  const Duration spared = std::min<Duration>(kSpared, (record.expires - record.asked) / 10);
  return age >= Duration::zero() && age < spared && bridges_absence(record, now);
}

bool bridges_absence(const Record& record, TimePoint now) {
  // A calendar that was set back would make a dead token look alive.
  if (now < record.asked) return false;
  const Duration floor = std::min<Duration>(kFloor, (record.expires - record.asked) / 30);
  return record.expires - now >= floor;
}

}  // namespace hubwarden::git_credential
