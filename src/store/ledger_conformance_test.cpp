// What every implementation of LedgerRecords and LedgerReader promises.

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/conformance_fixture.h"
#include "store/ledger_records.h"
#include "tests/support/run_task.h"
#include "tests/support/temporary_directory.h"

namespace hubwarden::store {
namespace {

using std::chrono::hours;
using test::run;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNoon{std::chrono::seconds(1'790'000'000)};

crypto::Digest hash_of(std::uint64_t replica, std::uint64_t sequence) {
  return crypto::sha256(std::to_string(replica) + " " + std::to_string(sequence));
}

// Records `first` to `last` of a chain, an hour apart.
LedgerSegment segment(std::uint64_t replica, std::uint64_t first, std::uint64_t last) {
  LedgerSegment out(ReplicaId(replica), first, last);
  out.begun_at = kNoon + hours(first);
  out.ended_at = kNoon + hours(last);
  out.hash = hash_of(replica, last);
  for (std::uint64_t i = first; i <= last; ++i)
    out.lines += "line " + std::to_string(i) + " of \"" + std::to_string(replica) + "\" …\n";
  return out;
}

LedgerHead head(std::uint64_t replica, std::uint64_t sequence) {
  return LedgerHead(ReplicaId(replica), sequence, hash_of(replica, sequence));
}

LedgerBeginning beginning(std::uint64_t replica, std::uint64_t through, TimePoint at) {
  return LedgerBeginning(head(replica, through), at, "pruned through " + std::to_string(through) + "\n");
}

class LedgerRecordsTest : public testing::TestWithParam<Backend<OpenedLedger>> {
 protected:
  Result<> append(LedgerSegment wanted) { return run(records_.append(std::move(wanted))); }
  bool prune(LedgerBeginning said) { return run(records_.prune({std::move(said)})).has_value(); }
  // Like "1:4-7".
  std::vector<std::string> found(LedgerQuery query, std::optional<LedgerPosition> after = std::nullopt,
                                 std::size_t limit = 100) {
    return names(run(reader_.segments(std::move(query), after, limit)).value());
  }
  std::vector<std::string> everything() { return found(LedgerQuery()); }
  static std::vector<std::string> names(const std::vector<LedgerSegment>& segments) {
    std::vector<std::string> out;
    for (const LedgerSegment& each : segments) {
      out.push_back(std::to_string(each.replica.value()) + ":" + std::to_string(each.first) + "-" +
                    std::to_string(each.last));
    }
    return out;
  }

  test::TemporaryDirectory directory_;
  OpenedLedger opened_ = GetParam().open(directory_);
  LedgerRecords& records_ = opened_.records;
  LedgerReader& reader_ = opened_.feed;
};

TEST_P(LedgerRecordsTest, GiveBackWhatWasAppended) {
  ASSERT_TRUE(append(segment(1, 1, 3)));
  EXPECT_THAT(run(reader_.segments(LedgerQuery(), std::nullopt, 10)).value(), ElementsAre(segment(1, 1, 3)));
}

TEST_P(LedgerRecordsTest, TakeTheSameSegmentAgainAndKeepItOnce) {
  LedgerSegment one = segment(1, 1, 3);
  one.fingerprints = {"…0123456789ab"};
  ASSERT_TRUE(append(one) && append(one));
  EXPECT_THAT(everything(), ElementsAre("1:1-3"));
}

TEST_P(LedgerRecordsTest, TakeNoOtherSegmentInItsPlace) {
  ASSERT_TRUE(append(segment(1, 1, 3)));
  LedgerSegment other = segment(1, 1, 3);
  other.hash = hash_of(7, 7);
  EXPECT_EQ(append(other).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(append(segment(1, 1, 4)).error().code(), ErrorCode::kInternal);
  EXPECT_THAT(everything(), ElementsAre("1:1-3"));
}

TEST_P(LedgerRecordsTest, AreReadChainByChainAndPageByPage) {
  const std::uint64_t large = UINT64_MAX;  // of a replica; sequences never come near
  ASSERT_TRUE(append(segment(2, 1, 1)) && append(segment(1, 1, 5)) && append(segment(large, 1, 1)) &&
              append(segment(1, 6, 10)) && append(segment(1, 11, 11)));
  EXPECT_THAT(found(LedgerQuery(), std::nullopt, 2), ElementsAre("1:1-5", "1:6-10"));
  EXPECT_THAT(found(LedgerQuery(), LedgerPosition(ReplicaId(1), 6), 2), ElementsAre("1:11-11", "2:1-1"));
  EXPECT_THAT(found(LedgerQuery(), LedgerPosition(ReplicaId(2), 1), 2),
              ElementsAre("18446744073709551615:1-1"));
  EXPECT_THAT(found(LedgerQuery(), LedgerPosition(ReplicaId(large), 1), 2), IsEmpty());
}

TEST_P(LedgerRecordsTest, AreFoundByReplicaFingerprintAndTime) {
  LedgerSegment marked = segment(1, 4, 6);
  marked.fingerprints = {"ghs_…0123456789ab", "…ba9876543210"};
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(marked) && append(segment(2, 1, 9)));
  LedgerQuery query;
  query.replica = ReplicaId(1);
  EXPECT_THAT(found(query), ElementsAre("1:1-3", "1:4-6"));
  query.since = kNoon + hours(6);
  EXPECT_THAT(found(query), ElementsAre("1:4-6"));
  query = LedgerQuery();
  query.fingerprint = "ghs_…0123456789ab";
  EXPECT_THAT(found(query), ElementsAre("1:4-6"));
  query.since = kNoon + hours(7);
  EXPECT_THAT(found(query), IsEmpty());
  query = LedgerQuery();
  query.fingerprint = "ghs_…ffffffffffff";
  EXPECT_THAT(found(query), IsEmpty());
}

TEST_P(LedgerRecordsTest, NameTheLastRecordOfEachChainTheLatestFirst) {
  EXPECT_THAT(run(records_.ledger_heads(10)).value(), IsEmpty());
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(2, 1, 9)) && append(segment(1, 4, 5)));
  EXPECT_THAT(run(records_.ledger_heads(10)).value(), ElementsAre(head(2, 9), head(1, 5)));
  EXPECT_THAT(run(records_.ledger_heads(1)).value(), ElementsAre(head(2, 9)));
}

TEST_P(LedgerRecordsTest, GiveTheLatestSegmentsOfAllChains) {
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(2, 1, 9)) && append(segment(1, 4, 5)));
  EXPECT_THAT(names(run(reader_.latest_segments(2)).value()), ElementsAre("2:1-9", "1:4-5"));
}

TEST_P(LedgerRecordsTest, TellUpToWhereChainsAreOld) {
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(1, 4, 6)) && append(segment(1, 7, 9)));
  ASSERT_TRUE(append(segment(2, 1, 5)));
  EXPECT_THAT(run(records_.prunable(kNoon + hours(3), 10)).value(), IsEmpty());
  EXPECT_THAT(run(records_.prunable(kNoon + hours(7), 10)).value(), ElementsAre(head(1, 6), head(2, 5)));
  EXPECT_THAT(run(records_.prunable(kNoon + hours(7), 2)).value(), ElementsAre(head(1, 3), head(2, 5)));
}

// The clock was set back: what looks old stands behind what is not.
TEST_P(LedgerRecordsTest, AreOldInTheirBeginningAlone) {
  LedgerSegment early = segment(1, 4, 6);
  early.begun_at = early.ended_at = kNoon;
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(early));
  EXPECT_THAT(run(records_.prunable(kNoon + hours(1), 10)).value(), IsEmpty());
}

TEST_P(LedgerRecordsTest, DeleteWhatIsStatedAndKeepTheStatement) {
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(1, 4, 6)) && append(segment(2, 1, 5)));
  ASSERT_TRUE(prune(beginning(1, 3, kNoon)));
  EXPECT_THAT(everything(), ElementsAre("1:4-6", "2:1-5"));
  EXPECT_THAT(run(reader_.beginnings(std::nullopt, 10)).value(), ElementsAre(beginning(1, 3, kNoon)));
  ASSERT_TRUE(prune(beginning(1, 6, kNoon)) && prune(beginning(2, 5, kNoon)));
  EXPECT_THAT(everything(), IsEmpty());
  EXPECT_THAT(run(reader_.beginnings(std::nullopt, 1)).value(), ElementsAre(beginning(1, 6, kNoon)));
  EXPECT_THAT(run(reader_.beginnings(ReplicaId(1), 9)).value(), ElementsAre(beginning(2, 5, kNoon)));
}

// Another replica has pruned further meanwhile.
TEST_P(LedgerRecordsTest, PassOverAStatementThatSaysLess) {
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(1, 4, 6)) && append(segment(1, 7, 9)));
  ASSERT_TRUE(prune(beginning(1, 6, kNoon)) && prune(beginning(1, 3, kNoon + hours(1))));
  EXPECT_THAT(run(reader_.beginnings(std::nullopt, 10)).value(), ElementsAre(beginning(1, 6, kNoon)));
  EXPECT_THAT(everything(), ElementsAre("1:7-9"));
}

TEST_P(LedgerRecordsTest, ForgetOldStatementsOfChainsThatAreGone) {
  ASSERT_TRUE(append(segment(1, 1, 3)) && append(segment(2, 1, 3)) && append(segment(2, 4, 6)));
  ASSERT_TRUE(prune(beginning(1, 3, kNoon)) && prune(beginning(2, 3, kNoon)));
  ASSERT_TRUE(run(records_.forget_beginnings(kNoon)));
  EXPECT_EQ(run(reader_.beginnings(std::nullopt, 10)).value().size(), 2U);
  ASSERT_TRUE(run(records_.forget_beginnings(kNoon + hours(1))));
  EXPECT_THAT(run(reader_.beginnings(std::nullopt, 10)).value(), ElementsAre(beginning(2, 3, kNoon)));
}

INSTANTIATE_TEST_SUITE_P(Every, LedgerRecordsTest, testing::ValuesIn(ledger_backends()), NameOfBackend());

}  // namespace
}  // namespace hubwarden::store
