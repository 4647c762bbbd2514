#include "net/loops.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "net/system_timers.h"

namespace hubwarden::net {
namespace {

Task<std::thread::id> thread_of_this_task() {
  co_return std::this_thread::get_id();
}

Task<> throw_something() {
  throw std::runtime_error("broken");
  co_return;
}

Task<> wait_for_ever(Timers& timers, std::shared_ptr<int> held) {
  co_await sleep_until(timers, SteadyPoint::max());
  *held = 0;
}

TEST(Loops, RunEachLoopOnAThreadOfItsOwn) {
  Loops loops(3);
  loops.start();
  std::set<std::thread::id> threads;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const auto first = block_on(loops.executor(i), thread_of_this_task());
    EXPECT_EQ(first, block_on(loops.executor(i), thread_of_this_task()));
    threads.insert(first);
  }
  EXPECT_EQ(threads.size(), 3U);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0U);
}

TEST(Loops, AreAtLeastOneWhenNoNumberIsGiven) {
  const Loops loops;
  EXPECT_GE(loops.size(), 1U);
}

TEST(Loops, HandOutExecutorsInTurn) {
  Loops loops(2);
  const Executor first = loops.next();
  const Executor second = loops.next();
  EXPECT_NE(first, second);
  EXPECT_EQ(first, loops.next());
}

TEST(Loops, RunWhatWasPostedBeforeTheStart) {
  Loops loops(1);
  std::promise<void> ran;
  boost::asio::post(loops.executor(0), [&ran] { ran.set_value(); });
  loops.start();
  ran.get_future().get();
}

TEST(Loops, StopTwiceAndDestroyWhatStillWaits) {
  SystemTimers timers;
  auto held = std::make_shared<int>(1);
  {
    Loops loops(2);
    loops.start();
    spawn(loops.executor(1), wait_for_ever(timers, held), [](std::exception_ptr) {});
    loops.stop();
    loops.stop();
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 1);
}

TEST(Loops, GiveWhatLeavesASpawnedTaskToItsHandler) {
  Loops loops(1);
  loops.start();
  std::promise<std::string> message;
  spawn(loops.executor(0), throw_something(), [&message](std::exception_ptr failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::runtime_error& error) {
      message.set_value(error.what());
    }
  });
  EXPECT_EQ(message.get_future().get(), "broken");
}

TEST(Loops, RethrowFromBlockOn) {
  Loops loops(1);
  loops.start();
  EXPECT_THROW(block_on(loops.executor(0), throw_something()), std::runtime_error);
}

}  // namespace
}  // namespace hubwarden::net
