#include "apps/hubwarden/git_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include "apps/git-credential-hubwarden/unique_fd.h"

extern char** environ;

namespace hubwarden::apps {
namespace {

using git_credential::UniqueFd;

// A user's whole git configuration is a few kilobytes.
constexpr std::size_t kMaxOutput = 4 << 20;

std::unexpected<Error> failed(const char* what, int error) {
  return fail(ErrorCode::kInternal, std::string(what) + ": " + std::strerror(error));
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// This process's, and nothing that would make git ask a person.
std::vector<std::string> silent_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool is_replaced = text.starts_with("GIT_TERMINAL_PROMPT=") || text.starts_with("GIT_ASKPASS=") ||
                             text.starts_with("SSH_ASKPASS=");
    if (!is_replaced) variables.emplace_back(text);
  }
  variables.insert(variables.end(), {"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS="});
  return variables;
}

struct Running {
  pid_t pid = 0;
  Pipe output;
  Pipe errors;  // of one that runs alone
};

Result<Running> start(std::vector<std::string> words, bool is_alone) {
  Running running;
  Result<Pipe> output = open_pipe();
  if (!output) return std::unexpected(output.error());
  running.output = std::move(*output);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, running.output.write.get(), STDOUT_FILENO);
  std::vector<std::string> variables;
  std::vector<char*> environment;
  if (is_alone) {
    Result<Pipe> errors = open_pipe();
    if (!errors) return std::unexpected(errors.error());
    running.errors = std::move(*errors);
    posix_spawn_file_actions_adddup2(&actions, running.errors.write.get(), STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    variables = silent_environment();
    environment = pointers_to(variables);
  }
  const int error = posix_spawnp(&running.pid, "git", &actions, &attributes, pointers_to(words).data(),
                                 is_alone ? environment.data() : environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  running.output.write = UniqueFd();
  running.errors.write = UniqueFd();
  if (error != 0) return failed("git", error);
  return running;
}

// Milliseconds for poll(2); -1 waits as long as it takes.
int remaining(const std::optional<SteadyPoint>& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - SystemClock().steady_now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, INT_MAX));
}

// False once nothing more comes of it.
bool take_some(const pollfd& from, std::string& into) {
  if (from.fd < 0 || (from.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return from.fd >= 0;
  std::array<char, 4096> buffer;
  const ssize_t got = read(from.fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 && into.size() <= kMaxOutput;
}

// Until both are at their end; false when the time is over.
bool read_all(const Running& running, const std::optional<SteadyPoint>& deadline, GitAnswer& answer) {
  std::array<pollfd, 2> sources = {pollfd{running.output.read.get(), POLLIN, 0},
                                   pollfd{running.errors.read.get(), POLLIN, 0}};
  while (sources[0].fd >= 0 || sources[1].fd >= 0) {
    const int ready = poll(sources.data(), sources.size(), remaining(deadline));
    if (ready == 0) return false;
    if (ready < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (!take_some(sources[0], answer.output)) sources[0].fd = -1;
    if (!take_some(sources[1], answer.errors)) sources[1].fd = -1;
  }
  return true;
}

Result<int> wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return failed("git", errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<GitAnswer> run(const std::vector<std::string>& arguments, std::optional<Duration> patience) {
  std::vector<std::string> words = {"git"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::optional<SteadyPoint> deadline;
  if (patience) {
    deadline = SystemClock().steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(*patience);
  }
  Result<Running> running = start(std::move(words), patience.has_value());
  if (!running) return std::unexpected(running.error());
  GitAnswer answer;
  const bool is_done = read_all(*running, deadline, answer);
  running->output.read = UniqueFd();
  if (!is_done && patience) kill(-running->pid, SIGKILL);
  const Result<int> status = wait_for(running->pid);
  if (!status) return std::unexpected(status.error());
  if (!is_done) return fail(ErrorCode::kUpstreamTimeout, "git did not come to an end in time");
  if (answer.output.size() > kMaxOutput) return fail(ErrorCode::kTooLarge, "git printed too much");
  answer.status = *status;
  return answer;
}

}  // namespace

Result<GitAnswer> run_git(const std::vector<std::string>& arguments) {
  return run(arguments, std::nullopt);
}

Result<GitAnswer> run_git_alone(const std::vector<std::string>& arguments, Duration patience) {
  return run(arguments, patience);
}

}  // namespace hubwarden::apps
