#include "net/event.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "net/loops.h"
#include "net/system_timers.h"

namespace hubwarden::net {
namespace {

using namespace std::chrono_literals;

Task<> wait(Event& event, Timers& timers, SteadyPoint when, std::atomic<int>& left) {
  [[maybe_unused]] const bool happened = co_await event.wait_until(timers, when);
  --left;
}

class EventTest : public testing::Test {
 protected:
  EventTest() { loops_.start(); }

  SystemTimers timers_;
  Loops loops_{2};
  Event event_;
};

TEST_F(EventTest, ResumesThoseWhoWaitOnTheirLoops) {
  std::promise<bool> first;
  auto waiting = [](Event& event, Timers& timers, std::promise<bool>& out) -> Task<> {
    const bool happened = co_await event.wait_until(timers, SteadyPoint::max());
    out.set_value(happened);
  };
  spawn(loops_.executor(0), waiting(event_, timers_, first), [](std::exception_ptr) { FAIL(); });
  EXPECT_FALSE(event_.is_set());
  event_.set();
  EXPECT_TRUE(event_.is_set());
  EXPECT_TRUE(first.get_future().get());
  EXPECT_TRUE(block_on(loops_.executor(1), event_.wait_until(timers_, SteadyPoint::max())));
}

TEST_F(EventTest, StopsWaitingWhenTheTimeHasCome) {
  const SteadyPoint soon = std::chrono::steady_clock::now() + 1ms;
  EXPECT_FALSE(block_on(loops_.executor(0), event_.wait_until(timers_, soon)));
  event_.set();
}

// However closely the two come together, on two threads.
TEST_F(EventTest, ResumesEverybodyWhoseTimeComesAsItHappens) {
  constexpr int kRounds = 200;
  constexpr int kWaiters = 200;
  for (int round = 0; round < kRounds; ++round) {
    Event event;
    std::atomic<int> left = kWaiters;
    const SteadyPoint now = std::chrono::steady_clock::now();
    for (int waiter = 0; waiter < kWaiters; ++waiter) {
      spawn(loops_.executor(0), wait(event, timers_, now + waiter * 10us, left),
            [](std::exception_ptr) { FAIL(); });
    }
    while (left > kWaiters / 2) std::this_thread::yield();
    event.set();
    while (left > 0 && std::chrono::steady_clock::now() < now + 30s) std::this_thread::yield();
    ASSERT_EQ(left, 0) << "in round " << round;
  }
}

}  // namespace
}  // namespace hubwarden::net
