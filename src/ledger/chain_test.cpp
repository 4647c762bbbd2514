#include "ledger/chain.h"

#include <gmock/gmock.h>

#include "ledger/ledger_fixture.h"
#include "ledger/line.h"

namespace hubwarden::ledger {
namespace {

using testing::ElementsAre;

std::vector<Record> records_of(const store::LedgerSegment& segment) {
  std::vector<Record> records;
  std::vector<std::string_view> lines = split(segment.lines, '\n');
  lines.pop_back();
  for (const std::string_view line : lines) records.push_back(std::get<Record>(read_line(line).value()));
  return records;
}

TEST(Chain, HangsEachRecordOnTheOneBefore) {
  Chain chain(ReplicaId(7), test_key());
  const auto first = records_of(chain.extend({ChainStarted(kNoon, {}), plain_event()}));
  const auto next = records_of(chain.extend({plain_event()}));
  EXPECT_EQ(first[0].previous, crypto::Digest{});
  EXPECT_EQ(first[1].previous, first[0].hash);
  EXPECT_EQ(next[0].previous, first[1].hash);
  EXPECT_EQ(next[0].sequence, 3U);
  EXPECT_TRUE(first[0].signature);
  EXPECT_FALSE(first[1].signature);
}

TEST(Chain, TellsWhatASegmentIsFoundBy) {
  Chain chain(ReplicaId(7), test_key());
  Event early = plain_event(kNoon - std::chrono::hours(1));  // the clock was set back
  early.fingerprint = crypto::fingerprint(Secret("ghs_a"));
  Event late = plain_event(kNoon + std::chrono::hours(1));
  late.fingerprint = early.fingerprint;
  const store::LedgerSegment segment = chain.extend({ChainStarted(kNoon, {}), early, late, plain_event()});
  EXPECT_EQ(segment.replica, ReplicaId(7));
  EXPECT_EQ(segment.first, 1U);
  EXPECT_EQ(segment.last, 4U);
  EXPECT_EQ(segment.begun_at, early.at);
  EXPECT_EQ(segment.ended_at, late.at);
  EXPECT_EQ(segment.hash, records_of(segment).back().hash);
  EXPECT_THAT(segment.fingerprints, ElementsAre(early.fingerprint->text()));
}

TEST(Chain, IsSignedOftenEnoughWhateverComes) {
  Chain chain(ReplicaId(7), test_key());
  std::uint64_t in_a_row = 0;
  std::uint64_t checkpoints = 0;
  std::vector<Body> bodies(1, ChainStarted(kNoon, {}));
  bodies.insert(bodies.end(), 1000, plain_event());
  for (const Record& record : records_of(chain.extend(bodies))) {
    in_a_row = record.signature ? 0 : in_a_row + 1;
    if (record.signature) ++checkpoints;
    EXPECT_LT(in_a_row, Chain::kMaxUnsigned);
  }
  EXPECT_EQ(checkpoints, 4U);  // the start among them
  EXPECT_EQ(chain.unsigned_records(), in_a_row);
}

}  // namespace
}  // namespace hubwarden::ledger
