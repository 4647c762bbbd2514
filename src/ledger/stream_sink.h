#pragma once

// The ledger as JSON lines on a pipe or a terminal, such as standard output, for whoever collects them there.
// What was taken by the other side is out of hand; nothing is known of chains before.
//
//   StreamSink sink(STDOUT_FILENO);      // the descriptor stays open until this goes
//
// A thread of its own does the writing, and no write waits longer than kPatience for a slow reader.

#include <cstddef>
#include <string>

#include "ledger/sink.h"
#include "net/workers.h"

namespace hubwarden::ledger {

class StreamSink final : public Sink {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(2);

  explicit StreamSink(int descriptor) : descriptor_(descriptor) {}

  net::Task<Result<std::vector<store::LedgerHead>>> heads(std::size_t limit) override;
  net::Task<Result<>> append(const store::LedgerSegment& segment) override;

 private:
  Result<> write(const std::string& lines);

  const int descriptor_;
  std::size_t taken_ = 0;  // of a segment that could not be written whole; the worker's alone
  net::Workers worker_{1, 4};
};

}  // namespace hubwarden::ledger
