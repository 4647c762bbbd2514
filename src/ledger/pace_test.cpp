#include "ledger/pace.h"

#include <gtest/gtest.h>

namespace hubwarden::ledger {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyPoint kBegin{seconds(1000)};

TEST(Pace, WaitsWhileThereIsNothing) {
  EXPECT_EQ(write_at(Load()), std::nullopt);
}

TEST(Pace, LetsOthersJoinWhatNobodyWaitsFor) {
  Load load;
  load.queued = 1;
  load.oldest = kBegin;
  EXPECT_EQ(write_at(load), kBegin + milliseconds(100));
  load.queued = kBatch;
  EXPECT_EQ(write_at(load), SteadyPoint::min());
}

TEST(Pace, WritesAtOnceWhatSomebodyWaitsFor) {
  Load load;
  load.queued = 1;
  load.oldest = kBegin;
  load.is_waited_for = true;
  EXPECT_EQ(write_at(load), SteadyPoint::min());
}

TEST(Pace, SignsWithinSomeSeconds) {
  Load load;
  load.unsigned_records = 1;
  load.signed_at = kBegin;
  EXPECT_EQ(write_at(load), kBegin + seconds(10));
  load.queued = 1;
  load.oldest = kBegin + seconds(5);
  EXPECT_EQ(write_at(load), kBegin + seconds(5) + milliseconds(100));
}

TEST(Pace, TellsOfALossThoughNothingIsQueued) {
  Load load;
  load.lost = 1;
  load.oldest = kBegin;
  EXPECT_EQ(write_at(load), kBegin + milliseconds(100));
}

TEST(Pace, EndsAtOnce) {
  Load load;
  load.is_stopping = true;
  EXPECT_EQ(write_at(load), SteadyPoint::min());
}

}  // namespace
}  // namespace hubwarden::ledger
