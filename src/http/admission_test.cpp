#include "http/admission.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <optional>

namespace hubwarden::http {
namespace {

using namespace std::chrono_literals;

class AdmissionTest : public ::testing::Test {
 protected:
  using Entry = std::optional<Result<Admission::Place>>;

  Entry& enter(Admission::Point until = Admission::Point::max()) {
    Entry& entry = entries_.emplace_back();
    boost::asio::co_spawn(
        loop, admission->enter(until),
        [&entry](std::exception_ptr, Result<Admission::Place> place) { entry.emplace(std::move(place)); });
    loop.restart();
    loop.poll();
    return entry;
  }
  void leave(Entry& entry) {
    entry.reset();
    loop.restart();
    loop.poll();
  }

  boost::asio::io_context loop;
  std::optional<Admission> admission{std::in_place, loop.get_executor(), Admission::Bounds{1, 2}};

 private:
  std::deque<Entry> entries_;
};

TEST_F(AdmissionTest, ServesInTheOrderOfArrival) {
  Entry& first = enter();
  Entry& second = enter();
  Entry& third = enter();
  EXPECT_TRUE(first && *first);
  EXPECT_FALSE(second || third);
  EXPECT_EQ(admission->waiters(), 2u);
  leave(first);
  EXPECT_TRUE(second && *second);
  EXPECT_FALSE(third);
  leave(second);
  EXPECT_TRUE(third && *third);
  leave(third);
  EXPECT_EQ(admission->holders(), 0u);
}

TEST_F(AdmissionTest, SendsAwayWhomTheQueueCannotHold) {
  Entry& first = enter();
  enter();
  enter();
  Entry& fourth = enter();
  ASSERT_TRUE(fourth);
  EXPECT_EQ(fourth->error().code(), ErrorCode::kUnavailable);
  leave(first);
}

TEST_F(AdmissionTest, SendsAwayWhoHasWaitedTooLong) {
  Entry& first = enter();
  Entry& second = enter(std::chrono::steady_clock::now() - 1ms);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(admission->waiters(), 0u);
  leave(first);
  EXPECT_EQ(admission->holders(), 0u);
}

TEST_F(AdmissionTest, SendsEveryoneAwayWhenItCloses) {
  Entry& first = enter();
  Entry& second = enter();
  admission->close();
  Entry& third = enter();
  ASSERT_TRUE(second && third);
  EXPECT_FALSE(*second);
  EXPECT_FALSE(*third);
  EXPECT_TRUE(*first);
  leave(first);
}

TEST_F(AdmissionTest, TellsWhenTheLastHasLeft) {
  Entry& first = enter();
  bool emptied = false;
  boost::asio::co_spawn(loop, admission->emptied(Admission::Point::max()),
                        [&emptied](std::exception_ptr) { emptied = true; });
  loop.restart();
  loop.poll();
  EXPECT_FALSE(emptied);
  leave(first);
  EXPECT_TRUE(emptied);
}

TEST_F(AdmissionTest, PassesAPlaceOnOnceWhenItsWaiterIsGone) {
  Entry& first = enter();
  boost::asio::io_context other;
  {
    // Its coroutine is destroyed with its loop while it waits.
    boost::asio::io_context doomed;
    Admission local(doomed.get_executor(), {1, 1});
    Entry held;
    boost::asio::co_spawn(
        doomed, local.enter(Admission::Point::max()),
        [&held](std::exception_ptr, Result<Admission::Place> p) { held.emplace(std::move(p)); });
    boost::asio::co_spawn(doomed, local.enter(Admission::Point::max()),
                          [](std::exception_ptr, Result<Admission::Place>) { FAIL(); });
    doomed.poll();
    EXPECT_EQ(local.waiters(), 1u);
    held.reset();  // granted, but never run again
    EXPECT_EQ(local.waiters(), 0u);
    EXPECT_EQ(local.holders(), 1u);
    doomed.stop();
  }
  leave(first);
}

}  // namespace
}  // namespace hubwarden::http
