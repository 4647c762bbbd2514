#include "ledger/stream_sink.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/clock.h"

namespace hubwarden::ledger {

net::Task<Result<std::vector<store::LedgerHead>>> StreamSink::heads(std::size_t) {
  co_return std::vector<store::LedgerHead>();
}

net::Task<Result<>> StreamSink::append(const store::LedgerSegment& segment) {
  return worker_.run([this, lines = segment.lines] { return write(lines); });
}

// A pipe that is ready takes PIPE_BUF bytes without blocking, and so much in one piece.
Result<> StreamSink::write(const std::string& lines) {
  constexpr int kMillis = static_cast<int>(kPatience / std::chrono::milliseconds(1));
  while (taken_ < lines.size()) {
    pollfd ready{descriptor_, POLLOUT, 0};
    if (poll(&ready, 1, kMillis) == 0) {
      return fail(ErrorCode::kUnavailable, "nobody takes the ledger from its stream");
    }
    const std::size_t size = std::min<std::size_t>(lines.size() - taken_, PIPE_BUF);
    const ssize_t written = ::write(descriptor_, lines.data() + taken_, size);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) {
      return fail(ErrorCode::kUnavailable,
                  "cannot write the ledger to its stream: " + std::generic_category().message(errno));
    }
    taken_ += static_cast<std::size_t>(written);
  }
  taken_ = 0;
  return {};
}

}  // namespace hubwarden::ledger
