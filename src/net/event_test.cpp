#include "net/event.h"

#include <gtest/gtest.h>

#include <chrono>

#include "net/loops.h"
#include "net/system_timers.h"

namespace hubwarden::net {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace hubwarden::net
