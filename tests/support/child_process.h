#pragma once

// Another program that a test needs: it ends with the test, also when the test dies.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

extern char** environ;

namespace hubwarden::test {

class ChildProcess {
 public:
  // The program and its arguments; what it says goes into `log`.
  ChildProcess(std::vector<std::string> command, const std::string& log) {
    command.insert(command.begin(), {"setpriv", "--pdeathsig", "KILL"});
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    HW_CHECK(posix_spawnp(&id_, "setpriv", &files, nullptr, words.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&files);
  }
  ~ChildProcess() { end(SIGKILL); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) { HW_CHECK(::kill(id_, number) == 0); }
  // Returns when it has ended.
  void end(int number) {
    if (id_ == 0) return;
    signal(number);
    ::waitpid(std::exchange(id_, 0), nullptr, 0);
  }
  // Its exit status, once it has ended by itself.
  int wait() {
    int status = 0;
    HW_CHECK(::waitpid(std::exchange(id_, 0), &status, 0) > 0);
    return status;
  }

 private:
  pid_t id_ = 0;
};

}  // namespace hubwarden::test
