// A process that changes workspaces is killed with SIGKILL again and again: what it was told is done is still
// done.

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "auth/workspaces.h"
#include "base/text.h"
#include "store/sqlite_store.h"
#include "tests/fault/killed_writer.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden {
namespace {

constexpr int kKills = 20;
constexpr std::uint64_t kMaxLinesBeforeKill = 120;
constexpr std::uint64_t kMaxMicrosecondsBeforeKill = 20'000;

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
    KilledWriter child(RECORDS_WRITER,
                       {database, "life" + std::to_string(life) + "-", std::to_string(random.next())});
    // Now and then before it said anything: while it opens, migrates or loads.
    const std::uint64_t lines = random.below(5) == 0 ? 0 : random.below(kMaxLinesBeforeKill);
    child.listen(lines, std::chrono::microseconds(random.below(kMaxMicrosecondsBeforeKill)));
    acknowledged.hear(child.kill_and_hear_out());
    expect_all_of(acknowledged, database);
    if (testing::Test::HasFailure()) return;
  }
  std::cout << acknowledged.changes << " acknowledged changes, " << kKills << " kills" << std::endl;
  EXPECT_GT(acknowledged.changes, static_cast<std::size_t>(kKills));
}

}  // namespace
}  // namespace hubwarden
