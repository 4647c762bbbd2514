#include "ledger/file_pattern.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace hubwarden::ledger {
namespace {

constexpr TimePoint kNoon{std::chrono::seconds(1'800'014'400)};  // 2027-01-15T12:00:00Z

std::string path_at_noon(std::string_view pattern) {
  return FilePattern::parse(pattern)->path_at(kNoon);
}

TEST(FilePattern, IsOneFileWithoutAPlaceForATime) {
  EXPECT_EQ(path_at_noon("/var/log/ledger.jsonl"), "/var/log/ledger.jsonl");
}

TEST(FilePattern, IsAFileForEachDayOrMonth) {
  EXPECT_EQ(path_at_noon("/var/log/ledger-{date}.jsonl"), "/var/log/ledger-2027-01-15.jsonl");
  EXPECT_EQ(path_at_noon("{month}"), "2027-01");
}

TEST(FilePattern, HasNothingElseInBraces) {
  for (const char* wrong : {"{day}", "a{", "}", "{date}{date}", "{date}{month}", "{date}/ledger.jsonl"}) {
    EXPECT_FALSE(FilePattern::parse(wrong)) << wrong;
  }
}

TEST(FilePattern, FindsTheLatestOfItsOwn) {
  const test::TemporaryDirectory directory;
  const FilePattern days = *FilePattern::parse(directory / "ledger-{date}.jsonl");
  EXPECT_EQ(days.latest(), std::nullopt);
  for (const char* name : {"ledger-2026-12-31.jsonl", "ledger-2027-01-02.jsonl", "ledger-2027-01-02.jsonl.gz",
                           "ledger-9999-aa-bb.jsonl", "other-2030-01-01.jsonl", "ledger-.jsonl"}) {
    std::ofstream(directory / name) << "x";
  }
  EXPECT_EQ(days.latest(), directory / "ledger-2027-01-02.jsonl");
  EXPECT_EQ(FilePattern::parse(directory / "no-such/{date}")->latest(), std::nullopt);
}

}  // namespace
}  // namespace hubwarden::ledger
