#include "obs/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace hubwarden::obs {
namespace {

using testing::HasSubstr;

enum class Tier { kMemory, kShared };
enum class Answer { kHit, kMiss };

TEST(Metrics, RendersACounter) {
  Metrics metrics;
  Counter& mints = metrics.counter("hubwarden_mints_total", "Tokens minted at GitHub");
  mints.add();
  mints.add(2);
  EXPECT_EQ(mints.value(), 3u);
  EXPECT_EQ(metrics.render(),
            "# HELP hubwarden_mints_total Tokens minted at GitHub\n"
            "# TYPE hubwarden_mints_total counter\n"
            "hubwarden_mints_total 3\n");
}

TEST(Metrics, RendersEachCombinationOfLabels) {
  Metrics metrics;
  CounterFamily& lookups = metrics.counters("hubwarden_lookups_total", "Look-ups",
                                            {{"tier", {"memory", "shared"}}, {"answer", {"hit", "miss"}}});
  lookups.at(Tier::kMemory, Answer::kMiss).add(4);
  lookups.at(Tier::kShared, Answer::kHit).add(5);
  const std::string page = metrics.render();
  EXPECT_THAT(page, HasSubstr("hubwarden_lookups_total{tier=\"memory\",answer=\"hit\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_lookups_total{tier=\"memory\",answer=\"miss\"} 4\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_lookups_total{tier=\"shared\",answer=\"hit\"} 5\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_lookups_total{tier=\"shared\",answer=\"miss\"} 0\n"));
}

TEST(Metrics, RendersGauges) {
  Metrics metrics;
  Gauge& connections = metrics.gauge("hubwarden_connections", "Open connections");
  connections.add(3);
  connections.add(-1);
  metrics.gauge_read_by("hubwarden_cached_tokens", "Tokens in memory", [] { return 17.0; });
  EXPECT_EQ(connections.value(), 2);
  EXPECT_THAT(metrics.render(), HasSubstr("hubwarden_connections 2\n"));
  EXPECT_THAT(metrics.render(),
              HasSubstr("# TYPE hubwarden_cached_tokens gauge\nhubwarden_cached_tokens 17\n"));
}

TEST(Metrics, RendersAHistogramWithCumulativeBuckets) {
  Metrics metrics;
  Histogram& took = metrics.histogram("hubwarden_mint_seconds", "How long a mint took", {0.1, 1});
  took.observe(std::chrono::milliseconds(100));  // a bound belongs to its own bucket
  took.observe(0.5);
  took.observe(2.0);
  EXPECT_EQ(took.count(), 3u);
  const std::string page = metrics.render();
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_seconds_count 3\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_seconds_sum 2.6"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("hubwarden_mint_seconds_bucket{le=\"+Inf\"} 3\n"));
}

TEST(Metrics, GivesTheSameMetricForTheSameName) {
  Metrics metrics;
  metrics.counter("hubwarden_x_total", "X").add();
  metrics.counter("hubwarden_x_total", "X").add();
  EXPECT_EQ(metrics.counter("hubwarden_x_total", "X").value(), 2u);
}

TEST(MetricsDeathTest, StopsOnWhatOnlyABugCanDo) {
  Metrics metrics;
  metrics.gauge("hubwarden_x", "X");
  EXPECT_DEATH(metrics.histogram("hubwarden_x", "X", {1}), "check failed");
  EXPECT_DEATH(metrics.counter("other_total", "X"), "check failed");
  EXPECT_DEATH(metrics.counter("hubwarden_x", "X"), "check failed");
  CounterFamily& family = metrics.counters("hubwarden_y_total", "Y", {{"tier", {"memory"}}});
  EXPECT_DEATH(family.at(Tier::kShared), "check failed");
  EXPECT_DEATH(metrics.counters("hubwarden_z_total", "Z", {{"n", std::vector<std::string>(5000, "v")}}),
               "check failed");
}

TEST(Metrics, LosesNoCountWithMoreThreadsThanBlocks) {
  Metrics metrics;
  Counter& counter = metrics.counter("hubwarden_x_total", "X");
  Histogram& histogram = metrics.histogram("hubwarden_h", "H", {1});
  constexpr std::size_t kThreads = Cells::kOwnBlocks + 16;
  std::latch all_there(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        counter.add();  // takes the thread's slot before any of them ends
        all_there.arrive_and_wait();
        for (int i = 0; i < 999; ++i) counter.add();
        for (int i = 0; i < 100; ++i) histogram.observe(0.5);
      });
    }
  }
  EXPECT_EQ(counter.value(), kThreads * 1000);
  EXPECT_EQ(histogram.count(), kThreads * 100);
  EXPECT_DOUBLE_EQ(histogram.sum(), static_cast<double>(kThreads) * 50);
}

TEST(Metrics, LosesNoCountOfThreadsThatFollowEachOther) {
  Metrics metrics;
  Counter& counter = metrics.counter("hubwarden_x_total", "X");
  for (int i = 0; i < 200; ++i) std::jthread([&counter] { counter.add(); }).join();
  EXPECT_EQ(counter.value(), 200u);
}

TEST(Metrics, CanBeReadWhileThreadsCount) {
  Metrics metrics;
  Counter& counter = metrics.counter("hubwarden_x_total", "X");
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    while (!done) ASSERT_THAT(metrics.render(), HasSubstr("hubwarden_x_total "));
  });
  for (int i = 0; i < 100'000; ++i) counter.add();
  done = true;
  reader.join();
  EXPECT_EQ(counter.value(), 100'000u);
}

}  // namespace
}  // namespace hubwarden::obs
