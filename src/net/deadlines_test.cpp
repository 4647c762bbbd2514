#include "net/deadlines.h"

#include <gtest/gtest.h>

#include <memory>

namespace hubwarden::net {
namespace {

using namespace std::chrono_literals;

class Counted final : public Deadline {
 public:
  int times = 0;

 private:
  void expired() override { ++times; }
};

TEST(Deadlines, ExpireOnceAndNeverEarly) {
  ManualClock clock{TimePoint{}};
  Deadlines deadlines(clock.steady_now());
  Counted connection;
  deadlines.add(connection);
  connection.due_after(5s);
  for (int second = 1; second <= 5; ++second) {
    clock.advance(1s);
    deadlines.tick(clock.steady_now());
    EXPECT_EQ(connection.times, 0) << second;
  }
  clock.advance(1s);
  deadlines.tick(clock.steady_now());
  EXPECT_EQ(connection.times, 1);
  clock.advance(1h);
  deadlines.tick(clock.steady_now());
  EXPECT_EQ(connection.times, 1);
}

TEST(Deadlines, ForgetWhatWasTakenBackOrHasGone) {
  ManualClock clock{TimePoint{}};
  Deadlines deadlines(clock.steady_now());
  Counted kept;
  auto gone = std::make_unique<Counted>();
  deadlines.add(*gone);
  deadlines.add(kept);
  gone->due_after(1s);
  kept.due_after(1s);
  kept.no_deadline();
  gone.reset();
  clock.advance(1h);
  deadlines.tick(clock.steady_now());
  EXPECT_EQ(kept.times, 0);
}

TEST(Deadlines, VisitEveryEntry) {
  Deadlines deadlines(SteadyPoint{});
  Counted one;
  Counted two;
  deadlines.add(one);
  deadlines.add(two);
  int visited = 0;
  deadlines.each([&visited](Deadline&) { ++visited; });
  EXPECT_EQ(visited, 2);
}

}  // namespace
}  // namespace hubwarden::net
