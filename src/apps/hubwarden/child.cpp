#include "apps/hubwarden/child.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace hubwarden::apps {
namespace {

constexpr int kSignalBase = 128;

}  // namespace

int not_run_status(int error) {
  return error == ENOENT ? kNotFoundStatus : kNotRunStatus;
}

Child::Signals Child::hold_signals() {
  Signals signals;
  sigemptyset(&signals.held);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD}) {
    sigaddset(&signals.held, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals.held, &signals.before);
  return signals;
}

Result<Child> Child::start(const std::vector<std::string>& command, const Signals& signals) {
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &signals.before);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, pointers.front(), nullptr, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal;
    return fail(code, words.front() + ": " + std::strerror(error));
  }
  return Child(pid);
}

int Child::see_through(const Signals& signals) const {
  int status = 0;
  // A signal may stand for several: look before each wait.
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&signals.held, &info);
    const bool is_terminals = info.si_code == SI_KERNEL;
    if (signal > 0 && signal != SIGCHLD && !is_terminals) kill(pid_, signal);
  }
  return status;
}

int end_like(int status, const Child::Signals& signals) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  ::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_SETMASK, &signals.before, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(signal);
  return kSignalBase + signal;
}

}  // namespace hubwarden::apps
