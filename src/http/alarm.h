#pragma once

// One coroutine waits, others on the same loop wake it.
//
//   while (!ready()) {
//     Task<> rung = alarm.wait();
//     co_await std::move(rung);
//   }
//
// Rings are not counted and not kept: look at the condition before each wait. Waking never happens inside
// ring().

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "net/task.h"

namespace hubwarden::http {

class Alarm {
 public:
  using Point = std::chrono::steady_clock::time_point;

  explicit Alarm(net::Executor executor) : timer_(executor) {}

  // Until it rings, or real time has reached `until`.
  net::Task<> wait(Point until = Point::max()) {
    timer_.expires_at(until);
    return timer_.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable_t<net::Executor>(), ignored_));
  }
  void ring() { timer_.cancel(); }

 private:
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      timer_;
  boost::system::error_code ignored_;
};

}  // namespace hubwarden::http
