#include "apps/hubwarden/git_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace hubwarden::apps {
namespace {

// A user's whole git configuration is a few kilobytes.
constexpr std::size_t kMaxOutput = 4 << 20;

std::unexpected<Error> failed(const char* what, int error) {
  return fail(ErrorCode::kInternal, std::string(what) + ": " + std::strerror(error));
}

// What is written to the pipe until its other end is closed.
std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() <= kMaxOutput) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

Result<GitAnswer> run_git(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"git"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawnp(&child, "git", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  GitAnswer answer;
  if (error == 0) answer.output = read_to_end(ends[0]);
  close(ends[0]);
  if (error != 0) return failed("git", error);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return failed("git", errno);
  }
  if (answer.output.size() > kMaxOutput) return fail(ErrorCode::kTooLarge, "git printed too much");
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return answer;
}

}  // namespace hubwarden::apps
