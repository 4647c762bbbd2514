#include "obs/stderr_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/time_text.h"

namespace hubwarden::obs {
namespace {

TEST(StderrLog, WritesOneLineForEachEventThatIsSevereEnough) {
  const ManualClock clock(*parse_rfc3339("2026-11-22T19:30:00Z"));
  testing::internal::CaptureStderr();
  {
    const std::unique_ptr<Log> log = make_stderr_log(LogFormat::kText, Severity::kWarning, clock);
    EXPECT_FALSE(log->enabled(Severity::kInfo));
    log->info("hidden", {});
    log->warning("store.slow", {{"took", std::chrono::seconds(2)}});
    log->error("failed", {{"pattern", "%v {} %n"}});
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[store] 2026-11-22T19:30:00.000Z warning slow took=2s\n"
            "2026-11-22T19:30:00.000Z error failed pattern=\"%v {} %n\"\n");
}

TEST(StderrLog, HasWrittenWhatWasLoggedBeforeItWasAsked) {
  const SystemClock clock;
  const std::unique_ptr<Log> log = make_stderr_log(LogFormat::kText, Severity::kInfo, clock);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) log->info("tick", {{"i", i}});
  log->write_out(std::chrono::minutes(1));
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(written, '\n'), 1000);
}

TEST(StderrLog, NeverMixesTheLinesOfThreads) {
  const SystemClock clock;
  testing::internal::CaptureStderr();
  {
    const std::unique_ptr<Log> log = make_stderr_log(LogFormat::kJson, Severity::kInfo, clock);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 500; ++i) log->info("tick", {{"i", i}});
      });
    }
  }
  const std::string written = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (std::size_t at = 0; at < written.size(); ++lines) {
    const std::size_t end = written.find('\n', at);
    ASSERT_EQ(written.substr(at, 9), R"({"time":")");
    ASSERT_EQ(written[end - 1], '}');
    at = end + 1;
  }
  EXPECT_EQ(lines, 2000u);
}

}  // namespace
}  // namespace hubwarden::obs
