#pragma once

// One thread, one loop, one clock that jumps from timer to timer: hours pass in milliseconds.
//
//   VirtualTime time(start);
//   auto result = time.run(engine.token(request));   // runs until the task is done
//   time.advance(10min);                             // runs everything that falls due

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "net/timers.h"

namespace hubwarden::testing {

class VirtualTime final : public net::Timers {
 public:
  explicit VirtualTime(TimePoint start) : clock_(start) {}

  ManualClock& clock() { return clock_; }
  net::Executor executor() { return io_.get_executor(); }

  Ticket call_at(const net::Executor& executor, SteadyPoint when, Callback callback) override {
    const Ticket ticket = ++last_ticket_;
    due_.emplace(std::pair(when, ticket), Due(executor, std::move(callback)));
    return ticket;
  }

  void cancel(Ticket ticket) override {
    std::erase_if(due_, [ticket](const auto& entry) { return entry.first.second == ticket; });
  }

  // Everything that can run without time passing.
  void settle() {
    io_.restart();
    io_.poll();
  }

  void advance(Duration by) {
    const SteadyPoint until = clock_.steady_now() + std::chrono::duration_cast<SteadyPoint::duration>(by);
    settle();
    while (!due_.empty() && due_.begin()->first.first <= until) run_next();
    clock_.advance(until - clock_.steady_now());
    settle();
  }

  void spawn(net::Task<> task) { boost::asio::co_spawn(io_, std::move(task), rethrow); }

  // Time passes until the task is done.
  void run(net::Task<> task) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&done](std::exception_ptr failure) {
      rethrow(failure);
      done = true;
    });
    settle();
    while (!done) {
      HW_CHECK(!due_.empty());  // the task waits for something that will never come
      run_next();
    }
  }

  template <class T>
    requires(!std::is_void_v<T>)
  T run(net::Task<T> task) {
    std::optional<T> result;
    run(keep(std::move(task), result));
    return std::move(*result);
  }

 private:
  struct Due {
    Due(net::Executor executor_, Callback callback_)
        : executor(std::move(executor_)), callback(std::move(callback_)) {}
    net::Executor executor;
    Callback callback;
  };

  template <class T>
  static net::Task<> keep(net::Task<T> task, std::optional<T>& result) {
    T value = co_await std::move(task);
    result.emplace(std::move(value));
  }

  static void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  }

  void run_next() {
    auto next = due_.extract(due_.begin());
    if (next.key().first > clock_.steady_now()) clock_.advance(next.key().first - clock_.steady_now());
    boost::asio::post(next.mapped().executor, std::move(next.mapped().callback));
    settle();
  }

  ManualClock clock_;
  boost::asio::io_context io_{1};
  std::map<std::pair<SteadyPoint, Ticket>, Due> due_;
  Ticket last_ticket_ = 0;
};

}  // namespace hubwarden::testing
