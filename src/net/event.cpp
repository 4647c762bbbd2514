#include "net/event.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace hubwarden::net {

struct Event::State {
  using Resume = std::move_only_function<void(bool)>;

  struct Waiter {
    Waiter(Timers& timers_, const Executor& executor_, Resume resume_)
        : timers(timers_), executor(executor_), resume(std::move(resume_)) {}
    Timers& timers;
    Executor executor;
    Resume resume;
    Timers::Ticket ticket = 0;  // the executor's thread only
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  // False when it is set already. The waiter is kept by its timer alone, and goes with that: whoever waits
  // may own the event, and would keep itself.
  bool add(const WaiterPtr& waiter) {
    const std::lock_guard lock(mutex);
    if (!is_set) waiting.push_back(waiter);
    return !is_set;
  }

  // Those taken out are held from here: a timer that comes now finds that it came second, and goes.
  std::vector<WaiterPtr> take_all() {
    std::vector<WaiterPtr> taken;
    const std::lock_guard lock(mutex);
    is_set = true;
    for (const std::weak_ptr<Waiter>& each : std::exchange(waiting, {})) {
      if (WaiterPtr waiter = each.lock()) taken.push_back(std::move(waiter));
    }
    return taken;
  }

  // Whoever takes a waiter out resumes it.
  bool take(const WaiterPtr& waiter) {
    const std::lock_guard lock(mutex);
    return std::erase_if(waiting, [&](const auto& each) { return each.lock() == waiter; }) > 0;
  }

  std::mutex mutex;
  bool is_set = false;
  std::vector<std::weak_ptr<Waiter>> waiting;
};

Event::Event() : state_(std::make_shared<State>()) {
}

Event::~Event() = default;

bool Event::is_set() const {
  const std::lock_guard lock(state_->mutex);
  return state_->is_set;
}

void Event::set() {
  for (const State::WaiterPtr& waiter : state_->take_all()) {
    boost::asio::post(waiter->executor, [waiter] {
      waiter->timers.cancel(waiter->ticket);
      std::exchange(waiter->resume, nullptr)(true);
    });
  }
}

Task<bool> Event::wait_until(Timers& timers, SteadyPoint when) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto start = [state = state_, &timers, executor, when](auto handler) {
    auto waiter = std::make_shared<State::Waiter>(timers, executor, std::move(handler));
    if (!state->add(waiter)) {
      boost::asio::post(executor, [waiter] { std::exchange(waiter->resume, nullptr)(true); });
      return;
    }
    waiter->ticket = timers.call_at(executor, when, [state, waiter] {
      if (state->take(waiter)) std::exchange(waiter->resume, nullptr)(false);
    });
  };
  auto token = boost::asio::use_awaitable_t<Executor>();
  auto waiting =
      boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor>, void(bool)>(start, token);
  const bool is_set = co_await std::move(waiting);
  co_return is_set;
}

}  // namespace hubwarden::net
