#pragma once

// A command that runs while this process stays: signals go on to it, and this process ends as it did.
//
//   const Child::Signals signals = Child::hold_signals();     // before any thread is started
//   Result<Child> child = Child::start({"make", "test"}, signals);
//   return end_like(child->see_through(signals), signals);

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace hubwarden::apps {

// As env(1) and shells have it.
inline constexpr int kNotRunStatus = 126;
inline constexpr int kNotFoundStatus = 127;
int not_run_status(int error);

class Child {
 public:
  struct Signals {
    sigset_t held;    // come to see_through()
    sigset_t before;  // what the command starts with
  };
  // Holds back, in this thread and those that it starts, what would end this process before the command.
  static Signals hold_signals();

  // `not_found` when PATH has no such command.
  static Result<Child> start(const std::vector<std::string>& command, const Signals& signals);

  // Passes signals on until the command has ended; its status as of waitpid(2). What a terminal sends to its
  // whole foreground group has reached the command already.
  int see_through(const Signals& signals) const;

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// The exit status that says the same; a signal that ended the command ends this process, too.
int end_like(int status, const Child::Signals& signals);

}  // namespace hubwarden::apps
