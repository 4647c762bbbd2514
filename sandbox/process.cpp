#include "sandbox/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "net/loops.h"

namespace hubwarden::sandbox {
namespace {

// What posix_spawn is told; frees itself.
class SpawnPlan {
 public:
  explicit SpawnPlan(int child_socket) {
    HW_CHECK(posix_spawn_file_actions_init(&actions_) == 0 && posix_spawnattr_init(&attributes_) == 0);
    posix_spawn_file_actions_adddup2(&actions_, child_socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, child_socket, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  int spawn(pid_t& pid, const ProcessCommand& command) {
    std::vector<char*> arguments = pointers(command.arguments);
    std::vector<char*> environment = pointers(command.environment);
    return posix_spawnp(&pid, arguments.front(), &actions_, &attributes_, arguments.data(),
                        environment.data());
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

void kill_group(pid_t pid) {
  ::kill(-pid, SIGKILL);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

net::Task<int> wait_for(net::Descriptor& exited, pid_t pid, std::shared_ptr<Children> children) {
  for (;;) {
    const std::optional<int> status = children->collect(pid);
    if (status) co_return *status;
    exited.blocked(net::Want::kRead);
    const bool ready = co_await exited.wait(net::Want::kRead);
    if (!ready) co_return -1;
  }
}

// For a child that nobody else waits for.
net::Task<> bury(std::unique_ptr<net::Descriptor> exited, pid_t pid, std::shared_ptr<Children> children) {
  co_await wait_for(*exited, pid, children);
}

}  // namespace

std::optional<int> Children::collect(pid_t pid) {
  if (!alive_.contains(pid)) return -1;
  int status = 0;
  const pid_t ended = ::waitpid(pid, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  alive_.erase(pid);
  return ended < 0 ? -1 : exit_status(status);
}

void Children::stop() {
  stopped_ = true;
  for (const pid_t pid : alive_) kill_group(pid);
  for (const pid_t pid : alive_) reap(pid);
  alive_.clear();
}

Result<std::unique_ptr<Process>> Process::start(const net::Executor& executor, net::Timers& timers,
                                                std::shared_ptr<Children> children,
                                                const ProcessCommand& command, SteadyPoint deadline) {
  if (children->is_full()) {
    return fail(ErrorCode::kUnavailable, "too many git processes are running");
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorCode::kUnavailable, std::string("socketpair: ") + std::strerror(errno));
  }
  net::UniqueFd ours(ends[0]);
  const net::UniqueFd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);

  pid_t pid = -1;
  if (const int error = SpawnPlan(theirs.get()).spawn(pid, command); error != 0) {
    return fail(ErrorCode::kUnavailable, command.arguments.front() + ": " + std::strerror(error));
  }
  // glibc 2.36 declares pidfd_open() for C alone.
  net::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, O_NONBLOCK)));
  if (!pidfd) {
    kill_group(pid);
    reap(pid);
    return fail(ErrorCode::kUnavailable, std::string("pidfd_open: ") + std::strerror(errno));
  }
  std::unique_ptr<Process> process(
      new Process(executor, timers, std::move(children), pid, std::move(ours), std::move(pidfd)));
  process->deadline_ = timers.call_at(executor, deadline, [pid] { kill_group(pid); });
  return process;
}

Process::Process(const net::Executor& executor, net::Timers& timers, std::shared_ptr<Children> children,
                 pid_t pid, net::UniqueFd socket, net::UniqueFd pidfd)
    : timers_(timers),
      children_(std::move(children)),
      pid_(pid),
      stream_(net::make_plain_stream(executor, std::move(socket))),
      exited_(std::make_unique<net::Descriptor>(executor, std::move(pidfd))) {
  children_->add(pid);
}

// After Children::stop() there is nothing left to wait for, and maybe no loop to wait on.
Process::~Process() {
  timers_.cancel(deadline_);
  if (waited_ || children_->has_stopped()) return;
  kill_group(pid_);
  const net::Executor executor = exited_->executor();
  net::spawn(executor, bury(std::move(exited_), pid_, children_), [](std::exception_ptr) {});
}

net::Task<Result<>> Process::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::array<std::string_view, 1> pieces = {bytes};
    const net::Transfer put = stream_->write(pieces);
    if (put.state == net::Transfer::kSome) {
      bytes.remove_prefix(put.bytes);
    } else if (put.state == net::Transfer::kBlocked) {
      const bool ready = co_await stream_->descriptor().wait(put.want);
      if (!ready) co_return fail(ErrorCode::kUnavailable, "stopped");
    } else {
      co_return fail(ErrorCode::kUnavailable, "the child process has stopped reading");
    }
  }
  co_return Result<>();
}

net::Task<Result<std::size_t>> Process::read(std::span<char> into) {
  for (;;) {
    const net::Transfer got = stream_->read(into);
    if (got.state == net::Transfer::kSome) co_return got.bytes;
    // A child that ends without having read all of its input resets the socket, behind what it said.
    if (got.state == net::Transfer::kEnd || got.state == net::Transfer::kFailed) co_return 0;
    const bool ready = co_await stream_->descriptor().wait(got.want);
    if (!ready) co_return fail(ErrorCode::kUnavailable, "stopped");
  }
}

net::Task<int> Process::wait() {
  const int status = co_await wait_for(*exited_, pid_, children_);
  waited_ = true;
  timers_.cancel(deadline_);
  co_return status;
}

net::Task<Result<ProcessOutput>> run(net::Timers& timers, std::shared_ptr<Children> children,
                                     ProcessCommand command, std::string input, SteadyPoint deadline,
                                     std::size_t limit) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const auto process = Process::start(executor, timers, std::move(children), command, deadline);
  if (!process) co_return std::unexpected(process.error());
  // A child that stops reading says why with its exit status.
  const Result<> sent = co_await (*process)->write(input);
  (*process)->end_input();
  std::string output;
  std::array<char, 16384> piece;
  for (;;) {
    const Result<std::size_t> got = co_await (*process)->read(piece);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) break;
    if (output.size() + *got > limit) co_return fail(ErrorCode::kTooLarge, "git said more than expected");
    output.append(piece.data(), *got);
  }
  const int status = co_await (*process)->wait();
  co_return ProcessOutput(status, std::move(output));
}

}  // namespace hubwarden::sandbox
