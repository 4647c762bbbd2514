// A process that records events is killed with SIGKILL again and again: the ledger stays whole, what it had
// stays in it, and no acknowledged event is missing.

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "ledger/body_text.h"
#include "ledger/line.h"
#include "ledger/verifier.h"
#include "store/sqlite_store.h"
#include "tests/fault/killed_writer.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden {
namespace {

constexpr int kKills = 60;
constexpr std::uint64_t kMaxLinesBeforeKill = 40;
constexpr std::uint64_t kMaxMicrosecondsBeforeKill = 20'000;

std::string records_in(const std::string& database) {
  const auto records = store::SqliteStore::open(database).value();
  std::string lines;
  std::optional<store::LedgerPosition> after;
  for (;;) {
    const auto page = test::run(records->segments(store::LedgerQuery(), after, 500)).value();
    for (const store::LedgerSegment& each : page) lines += each.lines;
    if (page.size() < 500) return lines;
    after = store::LedgerPosition(page.back().replica, page.back().first);
  }
}

std::string file_at(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What every event of it is about.
std::set<std::string> events_in(std::string_view lines) {
  std::set<std::string> out;
  for (const std::string_view line : split(lines, '\n')) {
    const auto read = ledger::read_line(line);
    const auto* const record = read ? std::get_if<ledger::Record>(&*read) : nullptr;
    const auto body = record != nullptr ? ledger::parse_body(record->body) : std::nullopt;
    if (body && std::holds_alternative<ledger::Event>(*body))
      out.insert(std::get<ledger::Event>(*body).about);
  }
  return out;
}

// A ledger as it was after the last kill.
class Watched {
 public:
  void expect_whole(const std::string& lines, const char* where) {
    const ledger::SigningKey key(Secret("what the replicas share"));
    ledger::Verifier verifier(ledger::VerifyingKeys::parse({key.public_text()}).value());
    for (const ledger::ChainSummary& each : before_) verifier.expect(each.head);
    verifier.feed(lines);
    ledger::Report report = verifier.finish();
    EXPECT_FALSE(report.problem) << where << ": " << report.problem->text;
    before_ = std::move(report.chains);
  }
  std::size_t chains() const { return before_.size(); }

 private:
  std::vector<ledger::ChainSummary> before_;
};

TEST(Ledger, StaysWholeAndKeepsWhatWasAcknowledgedThroughSixtyKills) {
  const std::uint64_t seed = seed_of_this_run();
  std::cout << "HUBWARDEN_TEST_SEED=" << seed << std::endl;
  SeededRandom random(seed);
  test::TemporaryDirectory directory;
  const std::string database = directory / "records.db";
  const std::string file = directory / "ledger.jsonl";
  Watched records;
  Watched lines;
  std::set<std::string> acknowledged;
  for (int life = 0; life < kKills; ++life) {
    SCOPED_TRACE("life " + std::to_string(life) + " of seed " + std::to_string(seed));
    KilledWriter writer(LEDGER_WRITER, {database, file, "life" + std::to_string(life) + "-"});
    // Now and then before it said anything: while it opens or begins its chain.
    const std::uint64_t heard = random.below(5) == 0 ? 0 : random.below(kMaxLinesBeforeKill);
    writer.listen(heard, std::chrono::microseconds(random.below(kMaxMicrosecondsBeforeKill)));
    for (const std::string& line : writer.kill_and_hear_out()) acknowledged.insert(line.substr(5));
    const std::string recorded = records_in(database);
    records.expect_whole(recorded, "records");
    // Half a line at its end is cut off by the next one who opens it.
    const std::string written = file_at(file);
    lines.expect_whole(written.substr(0, written.rfind('\n') + 1), "file");
    const std::set<std::string> events = events_in(recorded);
    EXPECT_TRUE(std::ranges::includes(events, acknowledged)) << "an acknowledged event is missing";
    if (testing::Test::HasFailure()) return;
  }
  std::cout << acknowledged.size() << " acknowledged events, " << records.chains() << " chains, " << kKills
            << " kills" << std::endl;
  EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(kKills));
}

}  // namespace
}  // namespace hubwarden
