// The rate guard against a GitHub that counts for itself, in virtual time: whatever callers do and GitHub
// answers, nothing goes to a closed door, nobody is forgotten, nobody starves.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "github/rate_fixture.h"
#include "github/rate_guard.h"

namespace hubwarden::github {
namespace {

using namespace std::chrono_literals;
using testing::kInstallation;
using testing::kStart;
using testing::limit_fields;
using testing::limited;
using testing::VirtualTime;

struct Chances {
  unsigned secondary = 0;  // of 1000 requests
  unsigned trouble = 0;    // 502 without fields
  unsigned lost = 0;       // no answer
  unsigned fresh = 0;      // 304
};

// What GitHub does with a request, and what hubwarden must not have done.
class CountingGitHub {
 public:
  CountingGitHub(VirtualTime& time, SeededRandom& random, Chances chances)
      : time_(time), random_(random), chances_(chances) {}

  std::uint64_t limit = 5000;
  std::uint64_t used = 0;
  TimePoint reset = kStart + 1h;

  int sent = 0;
  int refused = 0;         // beyond the primary limit
  int to_closed_door = 0;  // sent although hubwarden had been told to wait
  int most_at_once = 0;
  std::vector<SteadyPoint> writes;

  net::Task<> serve(RatePermit permit, bool is_write, Result<>& meaning) {
    const SteadyPoint now = time_.clock().steady_now();
    if (now < told_until_) ++to_closed_door;
    ++sent;
    if (is_write) writes.push_back(now);
    most_at_once = std::max(most_at_once, ++under_way_);
    // On its way there, at GitHub, on its way back: answers overtake each other.
    co_await net::sleep_until(time_, after(now, random_time(200ms)));
    const Answered answer = act();
    co_await net::sleep_until(time_, after(time_.clock().steady_now(), random_time(400ms)));
    --under_way_;
    if (is_limit(answer.meaning)) hear(answer.meaning);
    if (answer.status != kNoPermitCall)
      meaning = permit.answered(answer.status, answer.fields, answer.meaning);
  }

 private:
  static constexpr int kNoPermitCall = -1;
  struct Answered {
    Answered(int status_, http::Fields fields_, Result<> meaning_)
        : status(status_), fields(std::move(fields_)), meaning(std::move(meaning_)) {}
    int status;
    http::Fields fields;
    Result<> meaning;
  };

  bool happens(unsigned in_thousand) { return random_.below(1000) < in_thousand; }
  Duration random_time(Duration most) {
    return Duration(random_.below(static_cast<std::uint64_t>(most.count())));
  }
  static bool is_limit(const Result<>& meaning) {
    return !meaning && meaning.error().code() == ErrorCode::kRateLimited;
  }
  void hear(const Result<>& meaning) {
    told_until_ = std::max(told_until_, after(time_.clock().steady_now(), *meaning.error().retry_after()));
  }

  Answered act() {
    const TimePoint now = time_.clock().now();
    if (now >= reset) {
      reset = now + 1h;
      used = 0;
    }
    if (happens(chances_.secondary)) return {403, {}, limited(Limit::kSecondary, 60s)};
    if (used >= limit) {
      ++refused;
      const auto wait = std::chrono::ceil<std::chrono::seconds>(reset - now);
      return {403, limit_fields(0, reset, limit), limited(Limit::kPrimary, wait)};
    }
    if (happens(chances_.fresh)) return {304, limit_fields(limit - used, reset, limit), {}};
    ++used;
    if (happens(chances_.trouble)) {
      return {502, {}, std::unexpected(Error(ErrorCode::kUpstreamUnavailable, "").with_upstream_status(502))};
    }
    if (happens(chances_.lost)) {
      return {happens(500) ? kNoPermitCall : 0, {}, fail(ErrorCode::kUpstreamTimeout, "")};
    }
    return {200, limit_fields(limit - used, reset, limit), {}};
  }

  VirtualTime& time_;
  SeededRandom& random_;
  Chances chances_;
  int under_way_ = 0;
  SteadyPoint told_until_{};
};

struct Tally {
  int done = 0;
  int told_when = 0;               // refused, with a time
  int wrong = 0;                   // refused in any other way
  std::vector<std::string> order;  // callers, as they were admitted
};

class Storm {
 public:
  Storm(unsigned seed, RateOptions options, Chances chances)
      : random(seed), github(time, random, chances), guard({time.clock(), time, metrics}, options) {}

  // One request; comes back when it is told to, until GitHub has answered it or `tries` are over.
  net::Task<> request(std::string caller, bool is_write, int tries) {
    for (int i = 0; i < tries; ++i) {
      RateAsk ask(kInstallation, caller, after(time.clock().steady_now(), 1h));
      ask.is_write = is_write;
      net::Task<Result<RatePermit>> admitted = guard.admit(std::move(ask));
      Result<RatePermit> permit = co_await std::move(admitted);
      Result<> meaning = fail(ErrorCode::kInternal, "no answer");
      if (permit) {
        tally.order.push_back(caller);
        net::Task<> served = github.serve(std::move(*permit), is_write, meaning);
        co_await std::move(served);
        if (meaning) ++tally.done;
        if (meaning) co_return;
      } else {
        meaning = std::unexpected(permit.error());
        const bool is_told = permit.error().code() == ErrorCode::kRateLimited && permit.error().retry_after();
        ++(is_told ? tally.told_when : tally.wrong);
      }
      const Duration wait = meaning.error().retry_after().value_or(1s);
      co_await net::sleep_until(time, after(time.clock().steady_now(), wait));
    }
  }

  std::int64_t gauge(const char* name) { return metrics.gauge(name, "").value(); }

  VirtualTime time{kStart};
  SeededRandom random;
  CountingGitHub github;
  obs::Metrics metrics;
  RateGuard guard;
  Tally tally;
};

Duration shortest_pause(const std::vector<SteadyPoint>& moments) {
  Duration shortest = Duration::max();
  for (std::size_t i = 1; i < moments.size(); ++i)
    shortest = std::min<Duration>(shortest, moments[i] - moments[i - 1]);
  return shortest;
}

void expect_order(Storm& storm, const RateOptions& options) {
  EXPECT_EQ(storm.github.to_closed_door, 0);
  EXPECT_LE(storm.github.most_at_once, static_cast<int>(options.max_in_flight));
  EXPECT_EQ(storm.tally.wrong, 0);
  EXPECT_EQ(storm.gauge("hubwarden_github_open_requests"), 0);
  EXPECT_EQ(storm.gauge("hubwarden_github_waiting_requests"), 0);
  EXPECT_GE(shortest_pause(storm.github.writes), options.write_interval);
}

TEST(RateStorm, TwoHundredCallersAndAHundredRequestsLeftEndWellAndOnTime) {
  const RateOptions options;
  Storm storm(1, options, {});
  storm.github.used = storm.github.limit - 100;
  storm.github.reset = kStart + 20min;
  for (int i = 0; i < 200; ++i) storm.time.spawn(storm.request(i % 2 ? "one" : "two", false, 5));
  storm.time.advance(10s);
  EXPECT_EQ(storm.tally.done, 100);
  EXPECT_EQ(storm.tally.told_when, 100);
  EXPECT_EQ(storm.github.sent, 100);
  storm.time.advance(21min);
  EXPECT_EQ(storm.tally.done, 200);
  EXPECT_EQ(storm.github.refused, 0);
  expect_order(storm, options);
}

TEST(RateStorm, EverythingCompletesThroughLimitsAndTrouble) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    RateOptions options;
    options.max_in_flight = 1 + ((seed * 7) % 100);
    Storm storm(seed, options, {.secondary = 10, .trouble = 50, .lost = 10, .fresh = 50});
    storm.github.used = storm.github.limit - 100;
    storm.github.reset = kStart + 20min;
    for (int i = 0; i < 200; ++i) {
      const std::string caller = i % 10 == 0 ? "small" : "big";
      storm.time.spawn(storm.request(caller, i % 20 == 1, 200));
    }
    storm.time.advance(24h);
    EXPECT_EQ(storm.tally.done, 200);
    EXPECT_EQ(storm.github.refused, 0);
    expect_order(storm, options);
  }
}

// Requests of random kinds at random times, against a small window: never one too many.
TEST(RateStorm, NeverSendsWhatGitHubWouldRefuse) {
  for (unsigned seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE(seed);
    RateOptions options;
    options.max_in_flight = 20;
    options.max_waiting = 50;
    options.max_waiting_of_caller = 20;
    Storm storm(seed, options, {.secondary = 2, .trouble = 20, .lost = 20, .fresh = 100});
    storm.github.limit = 300;
    for (int i = 0; i < 2000; ++i) {
      const std::string caller = "caller " + std::to_string(storm.random.below(5));
      storm.time.spawn(storm.request(caller, storm.random.below(10) == 0, 1));
      storm.time.advance(Duration(storm.random.below(8'000'000'000)));
    }
    storm.time.advance(1min);
    EXPECT_EQ(storm.github.refused, 0);
    EXPECT_GT(storm.github.sent, 500);
    expect_order(storm, options);
  }
}

TEST(RateStorm, OneWithASingleRequestDoesNotWaitForOneWithTwoHundred) {
  RateOptions options;
  options.max_in_flight = 4;
  options.max_wait = 10min;
  Storm storm(3, options, {});
  for (int i = 0; i < 200; ++i) storm.time.spawn(storm.request("big", false, 1));
  for (int i = 0; i < 10; ++i) storm.time.spawn(storm.request("small", false, 1));
  storm.time.advance(10min);
  EXPECT_EQ(storm.tally.done, 210);
  // From its first on, every other turn is the small one's.
  const auto& order = storm.tally.order;
  const auto last_small = std::find(order.rbegin(), order.rend(), "small").base();
  EXPECT_LE(last_small - order.begin(), 1 + (2 * 10));
}

TEST(RateStorm, WritesOfTwoCallersTakeTurns) {
  RateOptions options;
  options.max_wait = 10min;
  Storm storm(4, options, {});
  for (int i = 0; i < 100; ++i) storm.time.spawn(storm.request("big", true, 1));
  storm.time.advance(5s);
  const auto before = static_cast<std::ptrdiff_t>(storm.tally.order.size());
  for (int i = 0; i < 3; ++i) storm.time.spawn(storm.request("small", true, 1));
  storm.time.advance(6s);
  EXPECT_EQ(std::count(storm.tally.order.begin() + before, storm.tally.order.end(), "small"), 3);
  storm.time.advance(10min);
  EXPECT_EQ(storm.tally.done, 103);
  expect_order(storm, options);
}

}  // namespace
}  // namespace hubwarden::github
