#pragma once

// One thread for calls that block, one after the other, so that loops never do.
//
//   Worker worker("records", 1024);
//   auto job = [this, id] { return database_.find(id); };   // Result<Record>, on the worker's thread
//   Result<Record> record = co_await worker.run(std::move(job));
//
// Callable from any loop. `stop` finishes what was accepted; it must come before the loops that wait are
// destroyed. A caller that is cancelled or destroyed while it waits does not take its job back.

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "net/task.h"

namespace hubwarden::store {

class Worker {
 public:
  // `name` is shown by ps and in the error that a full queue gives; at most 15 characters.
  Worker(std::string name, std::size_t max_queue);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs job() on the worker's thread and returns its Result on the caller's executor. `unavailable` at once
  // when the queue is full or the worker has stopped. The job must not throw.
  template <class Job>
  net::Task<std::invoke_result_t<Job&>> run(Job job);

  // Takes no more jobs, finishes those it has, and returns when its thread has ended. Blocks; never from a
  // job.
  void stop();

 private:
  using Work = std::move_only_function<void()>;

  // A place in the queue, which must be filled by one `enqueue` at once: the thread waits for it before it
  // ends.
  bool reserve();
  void enqueue(Work work);
  Error refusal() const;
  void work_until_stopped();

  std::string name_;
  std::size_t max_queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  std::size_t reserved_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

template <class Job>
net::Task<std::invoke_result_t<Job&>> Worker::run(Job job) {
  using Answer = std::invoke_result_t<Job&>;
  using Token = boost::asio::use_awaitable_t<net::Executor>;
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  if (!reserve()) co_return std::unexpected(refusal());
  auto start = [this, executor, &job](auto handler) {
    enqueue([executor, job = std::move(job), handler = std::move(handler)]() mutable {
      Answer answer = job();
      boost::asio::post(executor, [handler = std::move(handler), answer = std::move(answer)]() mutable {
        std::move(handler)(std::move(answer));
      });
    });
  };
  Token token;
  auto waiting = boost::asio::async_initiate<Token, void(Answer)>(start, token);
  Answer answer = co_await std::move(waiting);
  co_return answer;
}

}  // namespace hubwarden::store
