#pragma once

// A program that writes until it is killed, and what it has said until then.
//
//   KilledWriter writer(RECORDS_WRITER, {database, "prefix", "7"});
//   writer.listen(10, 500us);                                          // ten lines, and half a millisecond
//   const std::vector<std::string> lines = writer.kill_and_hear_out();
//
// What was said in one write(2) is heard whole. One thread.

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"

namespace hubwarden {

inline std::uint64_t seed_of_this_run() {
  const char* const given = std::getenv("HUBWARDEN_TEST_SEED");
  const auto number = parse_number<std::uint64_t>(given != nullptr ? given : "");
  return number ? *number : SystemRandom().next();
}

class KilledWriter {
 public:
  KilledWriter(const std::string& program, std::vector<std::string> words) {
    int ends[2];
    HW_CHECK(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    words.insert(words.begin(), program);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    HW_CHECK(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    from_child_ = ends[0];
  }
  ~KilledWriter() { close(from_child_); }
  KilledWriter(const KilledWriter&) = delete;
  KilledWriter& operator=(const KilledWriter&) = delete;

  // Until it has said `lines` lines and then for `more`, or until it ends by itself.
  void listen(std::uint64_t lines, std::chrono::microseconds more) {
    while (count_lines() < lines && read_some()) {
    }
    const auto end = std::chrono::steady_clock::now() + more;
    for (auto left = more; left > std::chrono::microseconds::zero(); left = left_until(end)) {
      const timespec wait{0, std::chrono::nanoseconds(left).count()};
      pollfd readable{from_child_, POLLIN, 0};
      if (ppoll(&readable, 1, &wait, nullptr) == 1 && !read_some()) return;
    }
  }

  // Every whole line that it said before it died.
  std::vector<std::string> kill_and_hear_out() {
    kill(pid_, SIGKILL);
    while (read_some()) {
    }
    int status = 0;
    HW_CHECK(waitpid(pid_, &status, 0) == pid_);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
    std::vector<std::string> lines;
    for (const std::string_view line : split(heard_, '\n')) lines.emplace_back(line);
    lines.pop_back();  // what follows the last newline
    return lines;
  }

 private:
  static std::chrono::microseconds left_until(std::chrono::steady_clock::time_point end) {
    return std::chrono::duration_cast<std::chrono::microseconds>(end - std::chrono::steady_clock::now());
  }
  std::uint64_t count_lines() const {
    return static_cast<std::uint64_t>(std::count(heard_.begin(), heard_.end(), '\n'));
  }
  bool read_some() {
    char buffer[4096];
    const ssize_t got = read(from_child_, buffer, sizeof buffer);
    if (got > 0) heard_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t pid_ = 0;
  int from_child_ = -1;
  std::string heard_;
};

}  // namespace hubwarden
