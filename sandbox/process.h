#pragma once

// A child process whose standard input and output are one stream on a loop: git, run without blocking
// anything.
//
//   ProcessCommand command({"git", "cat-file", "--batch"}, environment);
//   Result<std::unique_ptr<Process>> git = Process::start(executor, timers, children, command, deadline);
//   Result<> sent = co_await (*git)->write("HEAD\n");
//   (*git)->end_input();
//   Result<std::size_t> got = co_await (*git)->read(into);      // 0 at the end of its output
//   Result<int> status = co_await (*git)->wait();
//
// Each child leads a process group of its own. The group is killed at its deadline and when the Process goes
// before it was waited for; then somebody else waits for it, so that none stays a zombie. Its standard error
// goes nowhere. Threads: the executor's own.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/stream.h"
#include "net/timers.h"

namespace hubwarden::sandbox {

// The children that are alive. Shared by all who may have to let go of one.
class Children {
 public:
  // Each is a git with its own helpers; this many keep a small machine busy.
  static constexpr std::size_t kMaxChildren = 64;

  std::size_t size() const { return alive_.size(); }
  bool is_full() const { return stopped_ || alive_.size() >= kMaxChildren; }
  void add(pid_t pid) { alive_.insert(pid); }
  // The exit status (or 128 and the signal's number) of a child that has ended, which is then forgotten.
  // Never waits.
  std::optional<int> collect(pid_t pid);
  // Kills what is left and waits for it; nothing starts any more. On the loop, before it stops.
  void stop();
  bool has_stopped() const { return stopped_; }

 private:
  std::set<pid_t> alive_;
  bool stopped_ = false;
};

struct ProcessCommand {
  ProcessCommand(std::vector<std::string> arguments_, std::vector<std::string> environment_)
      : arguments(std::move(arguments_)), environment(std::move(environment_)) {}
  std::vector<std::string> arguments;    // the first is looked up in PATH
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
};

class Process {
 public:
  // `unavailable`: too many children, or the system would not start one.
  static Result<std::unique_ptr<Process>> start(const net::Executor& executor, net::Timers& timers,
                                                std::shared_ptr<Children> children,
                                                const ProcessCommand& command, SteadyPoint deadline);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // All of it, or an error when the child has stopped reading.
  net::Task<Result<>> write(std::string_view bytes);
  void end_input() { stream_->end_writing(); }
  net::Task<Result<std::size_t>> read(std::span<char> into);
  // Its exit status. Once, last.
  net::Task<int> wait();

 private:
  Process(const net::Executor& executor, net::Timers& timers, std::shared_ptr<Children> children, pid_t pid,
          net::UniqueFd socket, net::UniqueFd pidfd);

  net::Timers& timers_;
  std::shared_ptr<Children> children_;
  pid_t pid_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<net::Descriptor> exited_;
  net::Timers::Ticket deadline_ = 0;
  bool waited_ = false;
};

// The whole of a short run.
struct ProcessOutput {
  ProcessOutput() = default;
  ProcessOutput(int status_, std::string text_) : status(status_), text(std::move(text_)) {}
  int status = 0;
  std::string text;
};

// Writes `input`, then reads to the end: for programs that say little before they have read all.
// `too_large` when the output exceeds `limit`.
net::Task<Result<ProcessOutput>> run(net::Timers& timers, std::shared_ptr<Children> children,
                                     ProcessCommand command, std::string input, SteadyPoint deadline,
                                     std::size_t limit);

}  // namespace hubwarden::sandbox
