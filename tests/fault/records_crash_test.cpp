// A process that changes workspaces is killed with SIGKILL again and again: what it was told is done is still
// done.

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "auth/workspaces.h"
#include "base/text.h"
#include "store/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden {
namespace {

using std::chrono::microseconds;

constexpr int kKills = 20;
constexpr std::uint64_t kMaxLinesBeforeKill = 120;
constexpr std::uint64_t kMaxMicrosecondsBeforeKill = 20'000;

std::uint64_t seed_of_this_run() {
  const char* const given = std::getenv("HUBWARDEN_TEST_SEED");
  const auto number = parse_number<std::uint64_t>(given != nullptr ? given : "");
  return number ? *number : SystemRandom().next();
}

// A running records_writer and what it has said.
class Child {
 public:
  Child(const std::string& database, const std::string& prefix, std::uint64_t seed) {
    int ends[2];
    HW_CHECK(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::vector<std::string> words = {RECORDS_WRITER, database, prefix, std::to_string(seed)};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    HW_CHECK(posix_spawn(&pid_, RECORDS_WRITER, &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    from_child_ = ends[0];
  }
  ~Child() { close(from_child_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Until it has said `lines` lines and then for `more`, or until it ends by itself.
  void listen(std::uint64_t lines, microseconds more) {
    while (count_lines() < lines && read_some()) {
    }
    const auto end = std::chrono::steady_clock::now() + more;
    for (auto left = more; left > microseconds::zero(); left = left_until(end)) {
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
    EXPECT_TRUE(WIFSIGNALED(status)) << "records_writer ended by itself";
    std::vector<std::string> lines;
    for (const std::string_view line : split(heard_, '\n')) lines.emplace_back(line);
    lines.pop_back();  // what follows the last newline
    return lines;
  }

 private:
  static microseconds left_until(std::chrono::steady_clock::time_point end) {
    return std::chrono::duration_cast<microseconds>(end - std::chrono::steady_clock::now());
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

// What was acknowledged, over all lives of the process.
struct Acknowledged {
  struct Token {
    std::string text;
    bool is_live = true;
  };
  struct Workspace {
    std::map<std::string, Token> tokens;  // by id
    bool exists = true;
  };

  void hear(const std::vector<std::string>& lines) {
    in_flight.clear();
    for (const std::string& line : lines) {
      const auto words = split(line, ' ');
      ASSERT_GE(words.size(), 3U);
      if (words[0] == "try") in_flight.assign(words.begin() + 1, words.end());
      if (words[0] == "done") apply(words);
    }
  }

  void apply(const std::vector<std::string_view>& words) {
    in_flight.clear();
    ++changes;
    Workspace& workspace = workspaces[std::string(words[2])];
    if (words[1] == "remove") {
      workspace.exists = false;
      for (auto& [id, token] : workspace.tokens) token.is_live = false;
    } else if (words[1] == "revoke") {
      workspace.tokens.at(std::string(words[3])).is_live = false;
    } else {
      workspace.tokens[std::string(words[3])] = Token{std::string(words[4])};
    }
  }

  // The one change that was under way may have happened or not; what was found is what must stay.
  bool may_differ(const std::string& workspace, const std::string& token) const {
    if (in_flight.empty() || in_flight[1] != workspace) return false;
    return in_flight[0] == "remove" || (in_flight[0] == "revoke" && in_flight[2] == token);
  }

  std::map<std::string, Workspace> workspaces;
  std::vector<std::string> in_flight;
  std::size_t changes = 0;
};

void expect_all_of(Acknowledged& acknowledged, const std::string& database) {
  const auto records = store::SqliteStore::open(database);
  ASSERT_TRUE(records) << records.error().message();
  SystemClock clock;
  SystemRandom random;
  auth::Workspaces workspaces(**records, **records, clock, random);
  ASSERT_TRUE(test::run(workspaces.load()));
  for (auto& [name, workspace] : acknowledged.workspaces) {
    const bool exists = test::run(workspaces.get(*policy::WorkspaceId::parse(name))).has_value();
    if (acknowledged.may_differ(name, "")) workspace.exists = exists;
    EXPECT_EQ(exists, workspace.exists) << name;
    for (auto& [id, token] : workspace.tokens) {
      const auto who = workspaces.authenticate(token.text);
      const bool opens = who != nullptr && who->id().text() == name && store::to_text(who->token_id()) == id;
      if (acknowledged.may_differ(name, id)) token.is_live = token.is_live && opens;
      EXPECT_EQ(opens, token.is_live) << name << " token " << id;
    }
  }
  SQLite::Database raw(database);
  EXPECT_EQ(raw.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST(Records, KeepWhatWasAcknowledgedThroughTwentyKills) {
  const std::uint64_t seed = seed_of_this_run();
  std::cout << "HUBWARDEN_TEST_SEED=" << seed << std::endl;
  SeededRandom random(seed);
  test::TemporaryDirectory directory;
  const std::string database = directory / "records.db";
  Acknowledged acknowledged;
  for (int life = 0; life < kKills; ++life) {
    SCOPED_TRACE("life " + std::to_string(life) + " of seed " + std::to_string(seed));
    Child child(database, "life" + std::to_string(life) + "-", random.next());
    // Now and then before it said anything: while it opens, migrates or loads.
    const std::uint64_t lines = random.below(5) == 0 ? 0 : random.below(kMaxLinesBeforeKill);
    child.listen(lines, microseconds(random.below(kMaxMicrosecondsBeforeKill)));
    acknowledged.hear(child.kill_and_hear_out());
    expect_all_of(acknowledged, database);
    if (testing::Test::HasFailure()) return;
  }
  std::cout << acknowledged.changes << " acknowledged changes, " << kKills << " kills" << std::endl;
  EXPECT_GT(acknowledged.changes, static_cast<std::size_t>(kKills));
}

}  // namespace
}  // namespace hubwarden
