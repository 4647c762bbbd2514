#include "base/time_text.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "base/random.h"

namespace hubwarden {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint at(std::int64_t unix_seconds) {
  return TimePoint(seconds(unix_seconds));
}

TEST(Rfc3339, WritesWholeSecondsInUtc) {
  EXPECT_EQ(rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(at(1'795'375'800) + milliseconds(999)), "2026-11-22T19:30:00Z");
  EXPECT_EQ(rfc3339(at(951'782'399)), "2000-02-28T23:59:59Z");
}

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"2026-11-22T19:30:00Z", 1'795'375'800},        {"2026-11-22t19:30:00z", 1'795'375'800},
      {"2026-11-22T19:30:00.123456Z", 1'795'375'800}, {"2026-11-22T20:30:00+01:00", 1'795'375'800},
      {"2026-11-22T14:00:00.9-05:30", 1'795'375'800}, {"2024-02-29T00:00:00Z", 1'709'164'800},
      {"2016-12-31T23:59:60Z", 1'483'228'800}};
  for (const auto& [text, unix_seconds] : cases) EXPECT_EQ(parse_rfc3339(text), at(unix_seconds)) << text;
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026-11-22",
                           "2026-11-22T19:30:00",
                           "2026-11-22 19:30:00Z",
                           "2026-11-22T19:30Z",
                           "2026-11-22T19:30:00ZZ",
                           "2026-11-22T19:30:00 Z",
                           "2026-11-22T19:30:00.Z",
                           "2026-11-22T19:30:00.5",
                           "2026-11-22T19:30:00+0100",
                           "2026-11-22T19:30:00+24:00",
                           "2026-11-22T19:30:00+01:60",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T19:60:00Z",
                           "2026-11-22T19:30:61Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-1-022T19:30:00Z",
                           "+026-11-22T19:30:00Z",
                           "2026-11-22T-9:30:00Z",
                           "2026-11-22T19:30:0xZ"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

// RFC 9110, section 5.6.7.
TEST(HttpDate, IsTheFixedFormAlone) {
  EXPECT_EQ(http_date(at(784'111'777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), at(784'111'777));
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994T08:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(TimeText, GivesAnySecondOfTwoCenturiesBack) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const TimePoint time = at(static_cast<std::int64_t>(random.below(6'000'000'000)));
    ASSERT_EQ(parse_rfc3339(rfc3339(time)), time);
    ASSERT_EQ(parse_http_date(http_date(time)), time);
  }
}

TEST(TimeText, SurvivesAnyChangeOfACharacter) {
  SeededRandom random(2);
  for (int i = 0; i < 50'000; ++i) {
    std::string first = "2026-11-22T19:30:00+01:00";
    std::string second = "Sun, 22 Nov 2026 19:30:00 GMT";
    first[random.below(first.size())] = static_cast<char>(random.below(256));
    second[random.below(second.size())] = static_cast<char>(random.below(256));
    (void)parse_rfc3339(first);
    const auto time = parse_http_date(second);
    if (time && second[23] != '6') {  // a leap second is read as the second after it
      ASSERT_EQ(http_date(*time).substr(5), second.substr(5));
    }
  }
}

TEST(DurationText, ReadsANumberWithItsUnit) {
  const std::pair<const char*, Duration> cases[] = {{"250ms", milliseconds(250)},
                                                    {"20s", seconds(20)},
                                                    {"5m", minutes(5)},
                                                    {"1h", hours(1)},
                                                    {"2d", hours(48)},
                                                    {"0s", Duration::zero()}};
  for (const auto& [text, duration] : cases) EXPECT_EQ(parse_duration(text), duration) << text;
  for (const char* text : {"", "5", "m", "-5m", "+5m", "5 m", "5M", "5min", "1.5h", "1h30m", "5ns", "106752d",
                           "9223372036854775807h", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, WritesTheLargestUnitThatDivides) {
  EXPECT_EQ(duration_text(hours(48)), "2d");
  EXPECT_EQ(duration_text(minutes(90)), "90m");
  EXPECT_EQ(duration_text(milliseconds(1500)), "1500ms");
  EXPECT_EQ(duration_text(Duration::zero()), "0s");
}

TEST(DurationText, GivesAnyMillisecondsBack) {
  SeededRandom random(3);
  for (int i = 0; i < 20'000; ++i) {
    const Duration duration = milliseconds(random.below(9'000'000'000'000));
    ASSERT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

}  // namespace
}  // namespace hubwarden
