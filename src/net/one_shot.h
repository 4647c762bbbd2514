#pragma once

// One value from anywhere to one coroutine that waits for it, with a deadline.
//
//   auto answer = std::make_shared<OneShot<int>>(executor);
//   elsewhere(answer);                                                    // answer->set(42), from any thread
//   std::optional<int> got = co_await answer->wait_until(timers, deadline);  // nothing: the deadline came
//   first

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "net/timers.h"

namespace hubwarden::net {

template <class T>
class OneShot : public std::enable_shared_from_this<OneShot<T>> {
 public:
  // `executor` is the waiter's: everything but `set` happens there.
  explicit OneShot(Executor executor) : executor_(std::move(executor)) {}

  // Only the first value counts.
  void set(T value) {
    boost::asio::post(executor_, [self = this->shared_from_this(), value = std::move(value)]() mutable {
      self->settle(std::move(value));
    });
  }

  // Called once, on the waiter's executor.
  Task<std::optional<T>> wait_until(Timers& timers, SteadyPoint deadline);

 private:
  void settle(T value) {
    if (value_ || done_) return;
    value_ = std::move(value);
    finish();
  }

  void finish() {
    if (done_ || !resume_) return;
    done_ = true;
    auto resume = std::exchange(resume_, nullptr);
    resume();
  }

  Executor executor_;
  std::optional<T> value_;
  bool done_ = false;
  Timers::Ticket ticket_ = 0;
  std::move_only_function<void()> resume_;
};

template <class T>
Task<std::optional<T>> OneShot<T>::wait_until(Timers& timers, SteadyPoint deadline) {
  auto self = this->shared_from_this();
  auto start = [self, &timers, deadline](auto handler) {
    if (self->value_) {
      std::move(handler)();
      return;
    }
    self->resume_ = std::move(handler);
    self->ticket_ = timers.call_at(self->executor_, deadline, [self] { self->finish(); });
  };
  auto token = boost::asio::use_awaitable_t<Executor>();
  auto waiting = boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor>, void()>(start, token);
  co_await std::move(waiting);
  if (ticket_ != 0 && value_) timers.cancel(ticket_);
  std::optional<T> result = std::move(value_);
  co_return result;
}

// g++ numbers what a coroutine's frame holds anew in each source, and calls the same one different when a
// program is put together. So one that several sources use is made in one of them.
extern template class OneShot<bool>;

}  // namespace hubwarden::net
