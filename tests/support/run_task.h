#pragma once

// Runs a task to its end on a loop of the thread's own.
//
//   const Result<Record> record = test::run(store.find(id));

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "net/task.h"

namespace hubwarden::test {

template <class T>
net::Task<> keep_answer(net::Task<T> task, std::optional<T>& answer) {
  T value = co_await std::move(task);
  answer.emplace(std::move(value));
}

inline boost::asio::io_context& new_loop() {
  static std::mutex mutex;
  static std::list<boost::asio::io_context> loops;
  const std::lock_guard lock(mutex);
  return loops.emplace_back();
}

// One for all of a thread's tasks, and kept when it ends: whoever has posted a task's end may still be inside
// post() when the task is over.
inline boost::asio::io_context& loop_of_thread() {
  thread_local boost::asio::io_context& loop = new_loop();
  loop.restart();
  return loop;
}

template <class T>
T run(net::Task<T> task) {
  boost::asio::io_context& loop = loop_of_thread();
  std::optional<T> answer;
  std::exception_ptr thrown;
  boost::asio::co_spawn(loop.get_executor(), keep_answer(std::move(task), answer),
                        [&thrown](std::exception_ptr failure) { thrown = failure; });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  HW_CHECK(answer.has_value());
  return std::move(*answer);
}

}  // namespace hubwarden::test
