#pragma once

// Calls back when a time has come that is put off again and again, and mostly never comes.
//
//   DueTimer timer(executor, [this] { … });
//   timer.due_at(when);      // instead of what was due before
//   timer.not_due();
//
// Setting a real timer costs a system call and more. So one that rings too early is left alone, and looks
// again then: putting off is a store. One loop's thread only; the callback may destroy the timer.

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "net/task.h"

namespace hubwarden::http {

class DueTimer {
 public:
  using Point = std::chrono::steady_clock::time_point;

  DueTimer(const net::Executor& executor, std::function<void()> callback)
      : state_(std::make_shared<State>(executor, std::move(callback))) {}

  void due_at(Point when) {
    state_->due = when;
    state_->arm();
  }
  void not_due() { state_->due = Point::max(); }

 private:
  // Held weakly by the wait in progress: a ring may be on its way when the timer goes.
  struct State : std::enable_shared_from_this<State> {
    State(const net::Executor& executor, std::function<void()> callback_)
        : timer(executor), callback(std::move(callback_)) {}

    void arm() {
      if (due >= armed) return;
      armed = due;
      timer.expires_at(due);
      timer.async_wait([weak = this->weak_from_this()](boost::system::error_code error) {
        const std::shared_ptr<State> state = weak.lock();
        if (state && !error) state->rang();
      });
    }
    void rang() {
      armed = Point::max();
      if (std::chrono::steady_clock::now() < due) return arm();
      due = Point::max();
      callback();
    }

    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
        timer;
    std::function<void()> callback;
    Point due = Point::max();
    Point armed = Point::max();  // when it rings: when due, or earlier
  };

  std::shared_ptr<State> state_;
};

}  // namespace hubwarden::http
