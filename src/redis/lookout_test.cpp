#include "redis/lookout.h"

#include <gtest/gtest.h>

#include "tests/support/virtual_time.h"

namespace hubwarden::redis {
namespace {

using namespace std::chrono_literals;

class LookoutTest : public ::testing::Test {
 protected:
  LookoutTest() {
    time.spawn(lookout.run([this] { return look(); }));
    time.settle();
  }
  ~LookoutTest() override { time.run(lookout.stop(1s)); }

  net::Task<Result<>> look() {
    ++looks;
    if (fails) co_return fail(ErrorCode::kUnavailable, "nothing to be seen");
    co_return Result<>();
  }

  testing::VirtualTime time{TimePoint()};
  bool fails = false;
  int looks = 0;
  Lookout lookout{time.clock(), time, 500ms};
};

TEST_F(LookoutTest, LooksAtOnceAndFromTimeToTime) {
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(lookout.has_looked());
  time.advance(499ms);
  EXPECT_EQ(looks, 1);
  time.advance(1ms);
  EXPECT_EQ(looks, 2);
  time.advance(5s);
  EXPECT_EQ(looks, 12);
}

TEST_F(LookoutTest, LooksWhenItIsCalled) {
  time.advance(200ms);
  lookout.call();
  time.settle();
  EXPECT_EQ(looks, 2);
  time.advance(499ms);
  EXPECT_EQ(looks, 2) << "one call, one look";
}

TEST_F(LookoutTest, RestsHoweverOftenItIsCalled) {
  for (int i = 0; i < 1000; ++i) {
    lookout.call();
    time.advance(1ms);
  }
  EXPECT_LE(looks, 11);
  EXPECT_GE(looks, 9);
}

TEST_F(LookoutTest, LooksMoreOftenUntilItSucceeds) {
  fails = true;
  time.advance(500ms);
  const int before = looks;
  time.advance(1s);
  EXPECT_EQ(looks, before + 10);
  fails = false;
  time.advance(100ms);
  time.advance(499ms);
  EXPECT_EQ(looks, before + 11);
}

TEST_F(LookoutTest, EndsAndLetsNobodyWait) {
  time.run(lookout.stop(1s));
  EXPECT_TRUE(lookout.is_stopped());
  EXPECT_TRUE(time.run(lookout.first_look(SteadyPoint::max())));
  time.advance(5s);
  EXPECT_EQ(looks, 1);
}

TEST(Lookout, NeedNotHaveRunToBeStopped) {
  testing::VirtualTime time{TimePoint()};
  Lookout lookout(time.clock(), time, 500ms);
  time.run(lookout.stop(1s));
  EXPECT_TRUE(lookout.is_stopped());
}

}  // namespace
}  // namespace hubwarden::redis
