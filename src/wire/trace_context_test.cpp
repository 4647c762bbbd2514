#include "wire/trace_context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace hubwarden::wire {
namespace {

const std::string kTraceId = "0af7651916cd43dd8448eb211c80319c";
const std::string kRest = "-" + kTraceId + "-b7ad6b7169203331-";

TEST(TraceContext, ReadsTheStandardsExample) {
  const auto trace = TraceContext::parse("00" + kRest + "01");
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id(), kTraceId);
}

TEST(TraceContext, ReadsLaterVersionsByWhatVersion00Has) {
  for (const std::string& good : {"01" + kRest + "01", "cc" + kRest + "00-", "fe" + kRest + "ff-what-will-be",
                                  "01" + kRest + "01-\xc3\xa9"}) {
    const auto trace = TraceContext::parse(good);
    ASSERT_TRUE(trace.has_value()) << good;
    EXPECT_EQ(trace->trace_id(), kTraceId) << good;
  }
}

TEST(TraceContext, IgnoresWhatTheStandardCallsInvalid) {
  const std::string zero_trace(32, '0');
  const std::string whole = "00" + kRest + "01";
  const std::vector<std::string> all = {
      std::string(),
      std::string("00"),
      whole.substr(0, 54),
      whole + "0",
      whole + "-",
      whole + "-more",
      " " + whole.substr(0, 54),
      "ff" + kRest + "01",
      "ff" + kRest + "01-more",
      "0g" + kRest + "01",
      "0A" + kRest + "01",
      "01" + kRest + "01.more",
      "01" + kRest + "011",
      "00" + kRest + "0G",
      "00" + kRest + "0A",
      "00-" + zero_trace + "-b7ad6b7169203331-01",
      "00-" + kTraceId + "-0000000000000000-01",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "00-" + kTraceId + "-B7AD6B7169203331-01",
      "00-" + kTraceId + "_b7ad6b7169203331-01",
      "00_" + kTraceId + "-b7ad6b7169203331-01",
      "00-" + kTraceId + "-b7ad6b7169203331.01",
      "00-" + kTraceId.substr(1) + "\"-b7ad6b7169203331-01",
      "00-" + kTraceId.substr(1) + std::string(1, '\0') + "-b7ad6b7169203331-01",
      whole + "," + whole,
  };
  for (const std::string& bad : all) {
    EXPECT_FALSE(TraceContext::parse(bad).has_value()) << bad;
  }
}

TEST(TraceContext, IsPassedOnUnderANewIdEachTime) {
  SeededRandom random(1);
  const auto trace = TraceContext::parse("00" + kRest + "01");
  std::set<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    const std::string traceparent = trace->traceparent_for(random);
    EXPECT_TRUE(traceparent.starts_with("00-" + kTraceId + "-")) << traceparent;
    EXPECT_TRUE(traceparent.ends_with("-01")) << traceparent;
    EXPECT_EQ(traceparent.find("b7ad6b7169203331"), std::string::npos) << "the caller's id is not ours";
    EXPECT_EQ(TraceContext::parse(traceparent), trace);
    sent.insert(traceparent);
  }
  EXPECT_EQ(sent.size(), 100U);
}

TEST(TraceContext, PassesOnTheFlagsThatHaveAMeaning) {
  const struct {
    const char* given;
    const char* sent;
  } cases[] = {{"00", "00"}, {"01", "01"}, {"02", "02"}, {"03", "03"}, {"ff", "03"}, {"fc", "00"}};
  SeededRandom random(1);
  for (const auto& each : cases) {
    const auto trace = TraceContext::parse("00" + kRest + each.given);
    ASSERT_TRUE(trace.has_value()) << each.given;
    EXPECT_TRUE(trace->traceparent_for(random).ends_with(std::string("-") + each.sent)) << each.given;
  }
}

TEST(TraceContext, PassesALaterVersionOnAsOurs) {
  SeededRandom random(1);
  const auto trace = TraceContext::parse("42" + kRest + "01-more");
  const std::string sent = trace->traceparent_for(random);
  EXPECT_TRUE(sent.starts_with("00-" + kTraceId)) << sent;
  EXPECT_EQ(sent.size(), TraceContext::kTraceparentSize);
}

class Zeros final : public Random {
 public:
  void fill(std::span<std::byte> out) override { std::ranges::fill(out, std::byte{0}); }
};

TEST(TraceContext, NeverSendsAnIdOfZeros) {
  Zeros random;
  const auto trace = TraceContext::parse("00" + kRest + "01");
  EXPECT_EQ(trace->traceparent_for(random), "00-" + kTraceId + "-0000000000000001-01");
}

}  // namespace
}  // namespace hubwarden::wire
