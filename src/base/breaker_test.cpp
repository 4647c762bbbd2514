#include "base/breaker.h"

#include <gtest/gtest.h>

namespace hubwarden {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public ::testing::Test {
 protected:
  BreakerTest() {
    BreakerOptions options;
    options.failures = 3;
    options.first_pause = 250ms;
    options.longest_pause = 1s;
    breaker = Breaker(options);
  }

  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker.failed(now);
  }

  SteadyPoint now{100s};
  Breaker breaker;
};

TEST_F(BreakerTest, OpensAfterFailuresInARow) {
  fail(2);
  breaker.succeeded();
  fail(2);
  EXPECT_TRUE(breaker.may_try(now));
  fail(1);
  EXPECT_TRUE(breaker.is_open());
  EXPECT_FALSE(breaker.may_try(now));
}

TEST_F(BreakerTest, LetsOneTryAfterEachPause) {
  fail(3);
  now += 249ms;
  EXPECT_FALSE(breaker.may_try(now));
  now += 1ms;
  EXPECT_TRUE(breaker.may_try(now));
  EXPECT_FALSE(breaker.may_try(now)) << "one is trying";
  now += 250ms;
  EXPECT_TRUE(breaker.may_try(now)) << "who tried may have been forgotten";
}

TEST_F(BreakerTest, WaitsLongerEachTimeUpToABound) {
  fail(3);
  for (const auto pause : {500ms, 1000ms, 1000ms}) {
    fail(1);
    now += pause - 1ms;
    EXPECT_FALSE(breaker.may_try(now)) << pause.count();
    now += 1ms;
    EXPECT_TRUE(breaker.may_try(now)) << pause.count();
  }
}

TEST_F(BreakerTest, ClosesWithTheFirstSuccess) {
  fail(5);
  breaker.succeeded();
  EXPECT_FALSE(breaker.is_open());
  fail(3);
  now += 250ms;
  EXPECT_TRUE(breaker.may_try(now)) << "the pause begins anew";
}

}  // namespace
}  // namespace hubwarden
