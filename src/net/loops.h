#pragma once

// The server's event loops: one io_context and one thread for each core. Work that begins on a loop stays on
// it.
//
//   net::Loops loops(4);
//   loops.start();
//   net::spawn(loops.executor(0), serve(), log_failure);
//   int answer = net::block_on(loops.next(), compute());   // from main() or a test, never from a loop
//   loops.stop();
//
// Lifetime: Loops outlives everything that was given one of its executors. `stop()` joins the threads;
// coroutines that still wait then are destroyed with the Loops, without being resumed. So: stop what runs on
// the loops, then the loops, then destroy in reverse order of construction.

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "net/task.h"

namespace hubwarden::net {

class Loops {
 public:
  // 0: one for each core that this process may run on.
  explicit Loops(std::size_t count = 0);
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;
  ~Loops();  // stops

  // Once. What was posted before runs now.
  void start();
  // Ends every loop after the piece of work that it is in, and joins. Not from a loop's own thread. May be
  // repeated.
  void stop();

  std::size_t size() const { return contexts_.size(); }
  Executor executor(std::size_t loop) const { return contexts_[loop]->get_executor(); }
  // Each loop in turn. From any thread.
  Executor next();

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<std::jthread> threads_;
  std::atomic<std::size_t> turn_{0};
};

// Runs `work` on that loop, never inside this call. From any thread.
void post(const Executor& executor, std::move_only_function<void()> work);

// Lets the loop's other work go first.
Task<> next_turn();

using OnFailure = std::move_only_function<void(std::exception_ptr)>;

// Starts `task` on `executor`, from any thread, and lets it run by itself. An exception that leaves it ends
// in `on_failure`, on that executor: log it and count it there.
void spawn(Executor executor, Task<> task, OnFailure on_failure);

// Runs `task` on `executor` and waits for it here. Never on a loop's own thread. Rethrows what leaves the
// task.
template <class T>
T block_on(Executor executor, Task<T> task) {
  // Shared: the loop may still be inside set_value() when this thread has its answer and goes on.
  const auto promise = std::make_shared<std::promise<T>>();
  auto future = promise->get_future();
  auto finish = [promise](std::exception_ptr failure, auto... value) {
    if (failure) {
      promise->set_exception(failure);
    } else {
      promise->set_value(std::move(value)...);
    }
  };
  boost::asio::co_spawn(executor, std::move(task), std::move(finish));
  return future.get();
}

}  // namespace hubwarden::net
