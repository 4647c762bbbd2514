#pragma once

// The log of a running program: lines on standard error, written by a thread of its own, so that a slow
// reader of the log never holds up a request. When the reader is too slow for the queue, the oldest lines are
// dropped and an event `log.lines_dropped` says how many.

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "obs/log.h"
#include "obs/log_line.h"

namespace hubwarden::obs {

// Lines that wait for the writer: a few seconds of a busy server, at most about 20 MiB.
inline constexpr std::size_t kLogQueue = 8192;

// Writes what is `least` or more severe. `clock` must outlive the log. Destruction writes what waits.
std::unique_ptr<Log> make_stderr_log(LogFormat format, Severity least, const Clock& clock);

}  // namespace hubwarden::obs
