#include "store/worker.h"

#include <pthread.h>

#include <utility>

#include "base/check.h"

namespace hubwarden::store {

Worker::Worker(std::string name, std::size_t max_queue)
    : name_(std::move(name)), max_queue_(max_queue), thread_([this] { work_until_stopped(); }) {
  pthread_setname_np(thread_.native_handle(), name_.c_str());
}

Worker::~Worker() {
  stop();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    HW_CHECK(thread_.get_id() != std::this_thread::get_id());
    thread_.join();
  }
}

bool Worker::reserve() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() + reserved_ >= max_queue_) return false;
  ++reserved_;
  return true;
}

void Worker::enqueue(Work work) {
  {
    const std::lock_guard lock(mutex_);
    --reserved_;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
}

Error Worker::refusal() const {
  return Error(ErrorCode::kUnavailable, name_ + " are busy or stopping; try again")
      .with_retry_after(std::chrono::seconds(1));
}

void Worker::work_until_stopped() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty() || (stopping_ && reserved_ == 0); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace hubwarden::store
