#include "obs/stderr_log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "base/check.h"

namespace hubwarden::obs {
namespace {

spdlog::level::level_enum spdlog_level(Severity severity) {
  switch (severity) {
    case Severity::kDebug: return spdlog::level::debug;
    case Severity::kInfo: return spdlog::level::info;
    case Severity::kWarning: return spdlog::level::warn;
    case Severity::kError: return spdlog::level::err;
  }
  HW_CHECK(false);
}

constexpr std::chrono::milliseconds kLookAgain{1};

class StderrLog final : public Log {
 public:
  StderrLog(LogFormat format, Severity least, const Clock& clock)
      : format_(format),
        least_(least),
        clock_(clock),
        writer_(std::make_shared<spdlog::details::thread_pool>(kLogQueue, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "hubwarden", std::make_shared<spdlog::sinks::stderr_sink_mt>(), writer_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);
    logger_->set_pattern("%v");
    // Standard error is gone: there is nowhere left to say so.
    logger_->set_error_handler([](const std::string&) {});
  }

  bool enabled(Severity severity) const override { return severity >= least_; }

  // The library tells when its queue is empty, not when the last line was written. So a flush is put behind
  // the lines: the one thread that takes it out has written them.
  void write_out(Duration at_most) override {
    logger_->flush();
    for (Duration waited{}; writer_->queue_size() > 0 && waited < at_most; waited += kLookAgain)
      std::this_thread::sleep_for(kLookAgain);
  }

 protected:
  void write(Severity severity, EventName name, std::span<const Field> fields) override {
    report_dropped_lines();
    put(severity, name, fields);
  }

 private:
  void put(Severity severity, EventName name, std::span<const Field> fields) {
    logger_->log(spdlog_level(severity), log_line(format_, clock_.now(), severity, name, fields));
  }

  void report_dropped_lines() {
    const std::size_t dropped = writer_->overrun_counter();
    const std::size_t reported = reported_.exchange(dropped, std::memory_order_relaxed);
    if (dropped <= reported) return;
    const std::array fields{Field("lines", dropped - reported)};
    put(Severity::kWarning, "log.lines_dropped", fields);
  }

  LogFormat format_;
  Severity least_;
  const Clock& clock_;
  // The logger holds it weakly; its destructor writes what is queued.
  std::shared_ptr<spdlog::details::thread_pool> writer_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::atomic<std::size_t> reported_{0};
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogFormat format, Severity least, const Clock& clock) {
  return std::make_unique<StderrLog>(format, least, clock);
}

}  // namespace hubwarden::obs
