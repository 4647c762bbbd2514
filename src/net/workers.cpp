#include "net/workers.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"

namespace hubwarden::net {
namespace {

using Resume = std::move_only_function<void(bool)>;

}  // namespace

struct Workers::Queue {
  struct Item {
    Item(std::shared_ptr<Job> job_, Executor executor_, Resume resume_)
        : job(std::move(job_)), executor(executor_), resume(std::move(resume_)) {}
    std::shared_ptr<Job> job;
    Executor executor;
    Resume resume;
  };

  explicit Queue(std::size_t max_queued_) : max_queued(max_queued_) {}

  // Leaves the item alone when it is refused.
  bool push(Item& item) {
    const std::lock_guard lock(mutex);
    if (stopping || items.size() >= max_queued) return false;
    items.push_back(std::move(item));
    arrived.notify_one();
    return true;
  }

  std::optional<Item> pop() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [this] { return stopping || !items.empty(); });
    if (items.empty()) return std::nullopt;
    std::optional<Item> item(std::move(items.front()));
    items.pop_front();
    return item;
  }

  void work() {
    while (std::optional<Item> item = pop()) {
      item->job->execute();
      boost::asio::post(item->executor, [resume = std::move(item->resume)]() mutable { resume(true); });
    }
  }

  const std::size_t max_queued;
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Item> items;
  bool stopping = false;
  std::vector<std::jthread> threads;
};

Workers::Workers(std::size_t threads, std::size_t max_queued) : queue_(std::make_unique<Queue>(max_queued)) {
  HW_CHECK(threads > 0 && max_queued > 0);
  for (std::size_t i = 0; i < threads; ++i) {
    queue_->threads.emplace_back([queue = queue_.get()] {
      pthread_setname_np(pthread_self(), "worker");
      queue->work();
    });
  }
}

Workers::~Workers() {
  stop();
}

void Workers::stop() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
  }
  queue_->arrived.notify_all();
  queue_->threads.clear();
}

template Task<Result<>> Workers::finish(std::shared_ptr<AnsweringJob<Result<>>> job);

Task<bool> Workers::submit(std::shared_ptr<Job> job) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto start = [queue = queue_.get(), executor, job = std::move(job)](auto handler) {
    Queue::Item item(job, executor,
                     [handler = std::move(handler)](bool done) mutable { std::move(handler)(done); });
    if (queue->push(item)) return;
    boost::asio::post(executor, [resume = std::move(item.resume)]() mutable { resume(false); });
  };
  auto token = boost::asio::use_awaitable_t<Executor>();
  auto waiting =
      boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor>, void(bool)>(start, token);
  const bool done = co_await std::move(waiting);
  co_return done;
}

}  // namespace hubwarden::net
