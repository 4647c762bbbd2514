#include "obs/request_id.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace hubwarden::obs {
namespace {

// The ULID specification's own example: this time is written 01ARZ3NDEK.
constexpr TimePoint kExample{std::chrono::milliseconds(1469922850259)};

TEST(RequestIds, BeginWithTheTime) {
  const ManualClock clock(kExample);
  SeededRandom random(1);
  RequestIds ids(clock, random);
  const RequestId id = ids.next();
  EXPECT_EQ(id.view().size(), 26u);
  EXPECT_EQ(id.view().substr(0, 10), "01ARZ3NDEK");
  EXPECT_TRUE(is_sane_request_id(id.view()));
}

TEST(RequestIds, NeverComeTwiceWithinAMillisecond) {
  const ManualClock clock(kExample);
  SeededRandom random(1);
  RequestIds ids(clock, random);
  std::set<std::string, std::less<>> seen;
  for (int i = 0; i < 10'000; ++i) seen.emplace(ids.next().view());
  EXPECT_EQ(seen.size(), 10'000u);
}

TEST(RequestIds, DifferBetweenGenerators) {
  const ManualClock clock(kExample);
  SeededRandom random(1);
  RequestIds first(clock, random);
  RequestIds second(clock, random);
  EXPECT_NE(first.next().view(), second.next().view());
}

TEST(RequestIds, SortByTime) {
  ManualClock clock(kExample);
  SeededRandom random(7);
  RequestIds ids(clock, random);
  const RequestId before = ids.next();
  clock.advance(std::chrono::milliseconds(1));
  const RequestId after = ids.next();
  EXPECT_LT(before.view(), after.view());
}

TEST(SaneRequestId, TakesWhatFitsALogLineAndRefusesTheRest) {
  for (const char* good :
       {"a", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "550e8400-e29b-41d4-a716-446655440000", "a.b:c_d-e"}) {
    EXPECT_TRUE(is_sane_request_id(good)) << good;
  }
  for (const char* bad : {"", "two words", "a\nb", "a\"b", "a/b", "\xc3\xa9", "a;b"}) {
    EXPECT_FALSE(is_sane_request_id(bad)) << bad;
  }
  EXPECT_TRUE(is_sane_request_id(std::string(kMaxRequestId, 'a')));
  EXPECT_FALSE(is_sane_request_id(std::string(kMaxRequestId + 1, 'a')));
}

}  // namespace
}  // namespace hubwarden::obs
