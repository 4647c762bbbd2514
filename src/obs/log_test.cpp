#include "obs/log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <type_traits>

#include "base/time_text.h"
#include "obs/capturing_log.h"
#include "obs/log_line.h"

namespace hubwarden::obs {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_constructible_v<Field, FieldName, const Secret&>, "a secret cannot be logged");
static_assert(!std::is_constructible_v<Field, FieldName, Secret>, "a secret cannot be logged");

const TimePoint kAt = *parse_rfc3339("2026-11-22T19:30:00Z") + 250ms;

std::string text(EventName name, std::initializer_list<Field> fields) {
  return log_line(LogFormat::kText, kAt, Severity::kInfo, name, std::span(fields.begin(), fields.size()));
}

std::string json(EventName name, std::initializer_list<Field> fields) {
  return log_line(LogFormat::kJson, kAt, Severity::kInfo, name, std::span(fields.begin(), fields.size()));
}

TEST(LogLine, BeginsWithTheComponentInTextForm) {
  EXPECT_EQ(text("github.token_handed_out", {{"fingerprint", "ghs_0123456789ab"}, {"remaining", 583500ms}}),
            "[github] 2026-11-22T19:30:00.250Z info token_handed_out fingerprint=ghs_0123456789ab "
            "remaining=583.5s");
}

TEST(LogLine, NamesTheTraceOfThoseThatHaveOne) {
  EXPECT_EQ(
      text("x", {request_id("r1"), trace_id("0af7651916cd43dd8448eb211c80319c"), {"last", true}}),
      "2026-11-22T19:30:00.250Z info x request_id=r1 trace_id=0af7651916cd43dd8448eb211c80319c last=true");
  EXPECT_EQ(text("x", {request_id("r1"), trace_id(""), {"last", true}}),
            "2026-11-22T19:30:00.250Z info x request_id=r1 last=true");
  EXPECT_EQ(json("x", {request_id("r1"), trace_id("")}),
            R"({"time":"2026-11-22T19:30:00.250Z","severity":"info","event":"x","request_id":"r1"})");
  CapturingLog log;
  log.info("x", {trace_id("")});
  EXPECT_EQ(log.last("x").field("trace_id"), std::nullopt);
}

TEST(LogLine, BeginsWithTheTimeWithoutAComponent) {
  EXPECT_EQ(text("started", {}), "2026-11-22T19:30:00.250Z info started");
}

TEST(LogLine, IsOneObjectInJsonForm) {
  EXPECT_EQ(json("github.token_handed_out", {{"repositories", 2}, request_id("01J"), {"stale", false}}),
            R"({"time":"2026-11-22T19:30:00.250Z","severity":"info","component":"github",)"
            R"("event":"token_handed_out","repositories":2,"request_id":"01J","stale":false})");
}

TEST(LogLine, WritesEveryTypeOfValue) {
  EXPECT_EQ(json("x", {{"signed", -1},
                       {"unsigned", std::uint64_t{18446744073709551615U}},
                       {"real", 0.5},
                       {"took", 1500us},
                       {"expires_at", kAt},
                       {"nothing", ""},
                       {"nan", std::numeric_limits<double>::quiet_NaN()}}),
            R"({"time":"2026-11-22T19:30:00.250Z","severity":"info","event":"x","signed":-1,)"
            R"("unsigned":18446744073709551615,"real":0.5,"took":0.0015,"expires_at":"2026-11-22T19:30:00Z",)"
            R"("nothing":"","nan":"nan"})");
}

struct HostileValue {
  const char* given;
  const char* shown;
};

class HostileValues : public testing::TestWithParam<HostileValue> {};

TEST_P(HostileValues, StayOnTheirLineInQuotesAndAscii) {
  const std::string expected = std::string("2026-11-22T19:30:00.250Z info x v=") + GetParam().shown;
  EXPECT_EQ(text("x", {{"v", GetParam().given}}), expected);
}

INSTANTIATE_TEST_SUITE_P(
    LogLine, HostileValues,
    testing::Values(HostileValue{"plain/value-1", "plain/value-1"}, HostileValue{"", R"("")"},
                    HostileValue{"two words", R"("two words")"}, HostileValue{"a=b", R"("a=b")"},
                    HostileValue{"line\r\nfeed", R"("line\u000d\u000afeed")"},
                    HostileValue{"\x1b[2J", R"("\u001b[2J")"}, HostileValue{R"(q"\)", R"("q\"\\")"},
                    HostileValue{"\u202Egnp.exe", R"("\u202egnp.exe")"},
                    HostileValue{"\u009bm", R"("\u009bm")"}, HostileValue{"\U0001F600", R"("\ud83d\ude00")"},
                    HostileValue{"\xff\xc0\xaf", R"("\ufffd\ufffd\ufffd")"},
                    HostileValue{"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
                    HostileValue{"\xe2\x82", R"("\ufffd\ufffd")"}));

TEST(LogLine, CutsLongValuesAndSaysSo) {
  const std::string line = text("x", {{"v", std::string(100'000, 'a')}});
  EXPECT_EQ(line, "2026-11-22T19:30:00.250Z info x v=\"" + std::string(kMaxLoggedValue, 'a') + "...\"");
}

TEST(Log, SkipsWhatIsNotEnabled) {
  NullLog log;
  EXPECT_FALSE(log.enabled(Severity::kError));
  log.error("ignored", {});
}

TEST(CapturingLog, KeepsEventsWithTheirFields) {
  CapturingLog log;
  log.info("github.minted", {{"scope", "a b"}, {"count", 1}});
  log.warning("github.minted", {{"count", 2}});
  EXPECT_EQ(log.count("github.minted"), 2u);
  EXPECT_EQ(log.events().front().field("scope"), "a b");
  EXPECT_EQ(log.last("github.minted").severity, Severity::kWarning);
  EXPECT_EQ(log.last("github.minted").field("count"), "2");
  EXPECT_EQ(log.last("github.minted").field("scope"), std::nullopt);
  EXPECT_EQ(log.last("other").name, "");
  EXPECT_NE(log.text().find("[github]"), std::string::npos);
}

}  // namespace
}  // namespace hubwarden::obs
