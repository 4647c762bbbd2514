#include "net/system_timers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace hubwarden::net {
namespace {

using namespace std::chrono_literals;

SteadyPoint in(Duration wait) {
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<SteadyPoint::duration>(wait);
}

TEST(SystemTimers, RunsCallbacksInTheOrderOfTheirTimes) {
  boost::asio::io_context context;
  SystemTimers timers;
  std::vector<int> order;
  timers.call_at(context.get_executor(), in(2ms), [&order] { order.push_back(2); });
  timers.call_at(context.get_executor(), in(1ms), [&order] { order.push_back(1); });
  EXPECT_TRUE(order.empty());
  context.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(SystemTimers, DoesNotRunACancelledCallback) {
  boost::asio::io_context context;
  SystemTimers timers;
  bool ran = false;
  const auto ticket = timers.call_at(context.get_executor(), in(1h), [&ran] { ran = true; });
  timers.cancel(ticket);
  timers.cancel(ticket);
  context.run();  // ends at once: nothing waits any more
  EXPECT_FALSE(ran);
}

TEST(SystemTimers, CancelsACallbackWhoseTimeHasComeButWhichHasNotRun) {
  boost::asio::io_context context;
  SystemTimers timers;
  bool ran = false;
  Timers::Ticket second = 0;
  timers.call_at(context.get_executor(), in(-2ms), [&] { timers.cancel(second); });
  second = timers.call_at(context.get_executor(), in(-1ms), [&ran] { ran = true; });
  context.run();
  EXPECT_FALSE(ran);
}

TEST(SystemTimers, MayGoBeforeTheLoop) {
  boost::asio::io_context context;
  bool ran = false;
  {
    SystemTimers timers;
    timers.call_at(context.get_executor(), in(1ms), [&ran] { ran = true; });
  }
  context.run();
  EXPECT_TRUE(ran);
}

TEST(SystemTimers, DestroysUnrunCallbacksWithTheLoop) {
  SystemTimers timers;
  auto alive = std::make_shared<int>(1);
  {
    boost::asio::io_context context;
    timers.call_at(context.get_executor(), in(1h), [alive] {});
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace hubwarden::net
