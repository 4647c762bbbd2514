// Whatever is done to a ledger of whatever history is found, and found where it was done.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger_fixture.h"
#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

using What = Problem::What;
using Lines = std::vector<std::string>;

constexpr std::uint64_t kHistories = 16;

Record record_in(const std::string& line) {
  return std::get<Record>(read_line(std::string_view(line).substr(0, line.size() - 1)).value());
}

// The line of the next record of the same chain; nothing behind its last one.
std::optional<std::size_t> next_of(const Lines& lines, std::size_t at) {
  const ReplicaId replica = record_in(lines[at]).replica;
  for (std::size_t i = at + 1; i < lines.size(); ++i) {
    if (record_in(lines[i]).replica == replica) return i;
  }
  return std::nullopt;
}

class Tampering : public testing::TestWithParam<std::uint64_t> {
 protected:
  Report check(const Lines& lines) const { return verified(History::joined(lines), history_.heads()); }

  void expect(const Lines& lines, What what, std::size_t line, const Record& record) const {
    const Report report = check(lines);
    ASSERT_TRUE(report.problem) << "at " << line;
    EXPECT_EQ(to_string(report.problem->what), to_string(what)) << report.problem->text;
    EXPECT_EQ(report.problem->line, line) << report.problem->text;
    EXPECT_EQ(report.problem->replica, record.replica);
    EXPECT_EQ(report.problem->sequence, record.sequence);
  }

  const History history_{GetParam()};
  const Lines& lines_ = history_.lines();
};

TEST_P(Tampering, NothingIsFoundWithoutIt) {
  EXPECT_FALSE(check(lines_).problem);
}

TEST_P(Tampering, ARecordThatWasRemovedIsMissed) {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    const Record gone = record_in(lines_[at]);
    Lines left = lines_;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
    if (const auto next = next_of(lines_, at)) {
      // The next one has moved up by a line. The first record of a chain is missed when all was read.
      expect(left, What::kRemoved, *next, gone);
    } else {
      const Report report = check(left);
      ASSERT_TRUE(report.problem);
      EXPECT_EQ(report.problem->replica, gone.replica);
      EXPECT_EQ(report.problem->sequence, gone.sequence);
      EXPECT_EQ(report.problem->what, gone.sequence == 1 ? What::kRemoved : What::kTruncated);
    }
  }
}

TEST_P(Tampering, ARecordInAnotherPlaceIsFound) {
  SeededRandom random(GetParam());
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    const auto next = next_of(lines_, at);
    if (!next) continue;
    const Record moved = record_in(lines_[at]);
    Lines mixed = lines_;
    mixed.erase(mixed.begin() + static_cast<std::ptrdiff_t>(at));
    // Behind the next one of its chain, or further.
    const std::size_t to = *next + random.below(lines_.size() - *next);
    mixed.insert(mixed.begin() + static_cast<std::ptrdiff_t>(to), lines_[at]);
    const Report report = check(mixed);
    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->what, What::kReordered) << report.problem->text;
    EXPECT_EQ(report.problem->replica, moved.replica);
    EXPECT_EQ(report.problem->sequence, moved.sequence);
    // The line that came too early, or for a chain's first record itself.
    EXPECT_EQ(report.problem->line, moved.sequence == 1 ? to + 1 : *next);
  }
}

TEST_P(Tampering, ARecordThatIsThereTwiceIsFound) {
  SeededRandom random(GetParam());
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    Lines more = lines_;
    const std::size_t to = at + 1 + random.below(lines_.size() - at);
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(to), lines_[at]);
    expect(more, What::kDuplicated, to + 1, record_in(lines_[at]));
  }
}

TEST_P(Tampering, AChangedByteIsFoundInItsLine) {
  SeededRandom random(GetParam());
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    for (int i = 0; i < 8; ++i) {
      Lines changed = lines_;
      char& byte = changed[at][random.below(changed[at].size())];
      const char before = byte;
      while (byte == before) byte = static_cast<char>(random.below(256));
      const Report report = check(changed);
      ASSERT_TRUE(report.problem) << at;
      EXPECT_EQ(report.problem->line, at + 1) << report.problem->text;
      const What what = report.problem->what;
      // Without its newline the last line ends early.
      EXPECT_TRUE(what == What::kChanged || what == What::kBadSignature ||
                  (what == What::kTruncated && at + 1 == lines_.size()))
          << report.problem->text;
    }
  }
}

// Wherever: the ends of chains were known before.
TEST_P(Tampering, ACutEndIsMissed) {
  const std::string text = history_.text();
  SeededRandom random(GetParam());
  for (int i = 0; i < 60; ++i) {
    const std::string_view cut = std::string_view(text).substr(0, random.below(text.size()));
    const Report report = verified(cut, history_.heads());
    ASSERT_TRUE(report.problem) << cut.size();
    EXPECT_TRUE(report.problem->what == What::kTruncated || report.problem->what == What::kRemoved);
  }
}

// Without such knowledge, by what the starts of later chains say.
TEST_P(Tampering, AChainsCutEndIsMissedByTheChainsThatStartedLater) {
  for (std::size_t at = 0; at < lines_.size(); ++at) {
    const Record start = record_in(lines_[at]);
    if (start.sequence != 1 || at == 0) continue;
    const Record last_before = record_in(lines_[at - 1]);
    Lines cut;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Record each = record_in(lines_[i]);
      if (each.replica == last_before.replica && each.sequence >= last_before.sequence) continue;
      cut.push_back(lines_[i]);
    }
    const Report report = verified(History::joined(cut));
    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->replica, last_before.replica);
    EXPECT_EQ(report.problem->sequence, last_before.sequence);
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, Tampering, testing::Range<std::uint64_t>(0, kHistories));

}  // namespace
}  // namespace hubwarden::ledger
