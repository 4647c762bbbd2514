#include "net/loops.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "base/check.h"

namespace hubwarden::net {
namespace {

std::size_t usable_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&cores)));
}

// OpenSSL writes with write(2): a peer that went away must be an error there, not a signal.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  HW_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

void run_loop(boost::asio::io_context& context, std::size_t number) {
  pthread_setname_np(pthread_self(), ("loop-" + std::to_string(number)).c_str());
  block_sigpipe();
  const auto stay = boost::asio::make_work_guard(context);
  context.run();
}

}  // namespace

Loops::Loops(std::size_t count) {
  if (count == 0) count = usable_cores();
  contexts_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The scheduler and registrations are locked (others post to us), operations on descriptors are not: each
    // descriptor is used by its loop's thread alone.
    contexts_.push_back(std::make_unique<boost::asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO));
  }
}

Loops::~Loops() {
  stop();
}

void Loops::start() {
  HW_CHECK(threads_.empty());
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    threads_.emplace_back([&context = *contexts_[i], i] { run_loop(context, i); });
  }
}

void Loops::stop() {
  for (const auto& context : contexts_) context->stop();
  threads_.clear();
}

Executor Loops::next() {
  return executor(turn_.fetch_add(1, std::memory_order_relaxed) % contexts_.size());
}

void post(const Executor& executor, std::move_only_function<void()> work) {
  boost::asio::post(executor, std::move(work));
}

Task<> next_turn() {
  const Executor executor = co_await boost::asio::this_coro::executor;
  auto token = boost::asio::use_awaitable_t<Executor>();
  auto turn = boost::asio::post(executor, token);
  co_await std::move(turn);
}

void spawn(Executor executor, Task<> task, OnFailure on_failure) {
  auto finish = [on_failure = std::move(on_failure)](std::exception_ptr failure) mutable {
    if (failure) on_failure(failure);
  };
  boost::asio::co_spawn(executor, std::move(task), std::move(finish));
}

}  // namespace hubwarden::net
