// Errors, randomness, time, ids and guards: too small for files of their own.

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/ids.h"
#include "base/random.h"

namespace hubwarden {
namespace {

using std::chrono::seconds;

std::vector<ErrorCode> all_codes() {
  std::vector<ErrorCode> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i)
    codes.push_back(static_cast<ErrorCode>(i));
  return codes;
}

TEST(Error, HasADistinctNameForEveryCode) {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_codes())
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
  EXPECT_EQ(names.size(), 22U);
  EXPECT_TRUE(names.contains("unauthenticated"));
  EXPECT_TRUE(names.contains("upstream_unavailable"));
}

TEST(Error, SaysWhoCanPutItRight) {
  EXPECT_EQ(Error(ErrorCode::kInvalidRequest, "").fix(), Fix::kCaller);
  EXPECT_EQ(Error(ErrorCode::kPermissionNotGranted, "").fix(), Fix::kOperator);
  EXPECT_EQ(Error(ErrorCode::kUpstreamProtocol, "").fix(), Fix::kGitHub);
  EXPECT_EQ(Error(ErrorCode::kRateLimited, "").fix(), Fix::kWait);
  EXPECT_EQ(Error(ErrorCode::kForbidden, "").with_fix(Fix::kOperator).fix(), Fix::kOperator);
  EXPECT_EQ(to_string(Fix::kGitHub), "github");
  EXPECT_EQ(to_string(Limit::kSecondary), "secondary");
}

TEST(Error, CarriesWhatIsKnown) {
  const Error error = Error(ErrorCode::kRateLimited, "used up")
                          .with_retry_after(seconds(37))
                          .with_upstream_status(403)
                          .with_limit(Limit::kPrimary)
                          .with_detail("API rate limit\r\nexceeded");
  EXPECT_EQ(error.message(), "used up");
  EXPECT_EQ(error.retry_after(), seconds(37));
  EXPECT_EQ(error.upstream_status(), 403);
  EXPECT_EQ(error.limit(), Limit::kPrimary);
  EXPECT_EQ(error.detail(), "API rate limitexceeded");
}

TEST(Error, BoundsWhatTheOtherSideSaid) {
  const Error error = Error(ErrorCode::kNotFound, "").with_detail(std::string(10'000, 'x'));
  EXPECT_EQ(error.detail().size(), Error::kMaxDetail);
}

TEST(Random, GivesTheSameSequenceForTheSameSeed) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

TEST(Random, FillsEveryByteOfAnyLength) {
  SystemRandom system;
  SeededRandom seeded(1);
  for (Random* random : {static_cast<Random*>(&system), static_cast<Random*>(&seeded)}) {
    for (std::size_t size = 0; size < 40; ++size) {
      std::vector<std::byte> seen(size);
      // Each byte is other than zero at least once in 64 fills, or the source is broken.
      for (int i = 0; i < 64; ++i) {
        std::vector<std::byte> bytes(size);
        random->fill(bytes);
        for (std::size_t j = 0; j < size; ++j) seen[j] |= bytes[j];
      }
      for (const std::byte byte : seen) EXPECT_NE(byte, std::byte{0});
    }
  }
}

TEST(Random, StaysBelowItsBoundAndReachesAllOfIt) {
  SeededRandom random(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(0), 0U);
  EXPECT_EQ(random.below(1), 0U);
}

// A source that gives what it is told, to meet the values that a fair one almost never gives.
struct Scripted final : Random {
  explicit Scripted(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
  void fill(std::span<std::byte> out) override {
    const auto bytes = std::as_bytes(std::span(&values_.at(at_++), 1));
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }
  std::vector<std::uint64_t> values_;
  std::size_t at_ = 0;
};

TEST(Random, DrawsAgainWhereSmallNumbersWouldBeFavoured) {
  Scripted random({UINT64_MAX, UINT64_MAX - 1, 5});
  EXPECT_EQ(random.below(3),
            2U);  // UINT64_MAX is a multiple of 3: the first draw is left out, the second not
}

TEST(Random, GivesAUnitBelowOne) {
  Scripted random({0, UINT64_MAX});
  EXPECT_EQ(random.unit(), 0.0);
  EXPECT_LT(random.unit(), 1.0);
}

TEST(ManualClock, MovesOnlyWhenToldAndJumpsOnlyTheCalendar) {
  ManualClock clock(TimePoint(seconds(1000)));
  const SteadyPoint steady = clock.steady_now();
  clock.advance(seconds(5));
  EXPECT_EQ(clock.now(), TimePoint(seconds(1005)));
  EXPECT_EQ(clock.steady_now(), steady + seconds(5));
  clock.jump(-seconds(1000));
  EXPECT_EQ(clock.now(), TimePoint(seconds(5)));
  EXPECT_EQ(clock.steady_now(), steady + seconds(5));
}

static_assert(!std::is_convertible_v<InstallationId, RepositoryId>);

TEST(Id, ComparesAndHashesByItsNumber) {
  EXPECT_LT(InstallationId(1), InstallationId(2));
  EXPECT_EQ(InstallationId(7), InstallationId(7));
  const std::unordered_set<InstallationId> ids = {InstallationId(1), InstallationId(1), InstallationId(2)};
  EXPECT_EQ(ids.size(), 2U);
}

TEST(Guarded, LosesNoChangeOfManyThreads) {
  Guarded<int> exclusive(0);
  SharedGuarded<int> shared(0);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        ++*exclusive.lock();
        ++*shared.write();
        EXPECT_GE(*shared.read(), 1);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(*exclusive.lock(), 20'000);
  EXPECT_EQ(*shared.read(), 20'000);
}

}  // namespace
}  // namespace hubwarden
